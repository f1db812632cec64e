"""The API described: an OpenAPI 3.1 document, put together from the contract's types and the table of calls.

The reference page is drawn from it, so nothing about a call is written twice.
"""
