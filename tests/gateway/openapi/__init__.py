"""The OpenAPI document in the hands of others: linters judge it, and clients are generated from it and used."""
