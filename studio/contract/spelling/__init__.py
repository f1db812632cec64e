"""Reads the API's JSON in any spelling: keys, values, envelopes, rows and pages."""
