"""The API reference: a page that is generated from the OpenAPI document."""
