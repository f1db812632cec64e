"""The API that scripts call."""
