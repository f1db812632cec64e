"""A model's preset: a request as a script makes it, with its price and the answers to expect."""
