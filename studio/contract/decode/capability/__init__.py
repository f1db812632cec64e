"""Decodes one model's record to its capability: modes, inputs, options and parameters."""
