"""Stored files over HTTP, with byte ranges."""
