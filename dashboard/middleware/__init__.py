"""Middleware and error handlers: body limits, compression, headers, CSRF failures and outages."""
