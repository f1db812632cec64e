"""The front, before a small WSGI application and before the whole product."""
