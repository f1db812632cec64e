"""Decodes a model's published price to a table of rows."""
