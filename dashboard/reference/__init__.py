"""The reference of the API for scripts: a page that is drawn from the OpenAPI document, and from nothing else."""
