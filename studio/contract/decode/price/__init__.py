"""A model's published price, decoded to a table of rows."""
