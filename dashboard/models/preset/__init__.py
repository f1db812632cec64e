"""A model's preset: an API request with its price and the expected responses."""
