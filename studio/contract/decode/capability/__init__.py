"""One model's record, decoded to its capability: modes, inputs, options and parameters."""
