"""API tokens: list, create, limit and revoke them."""
