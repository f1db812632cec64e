"""Reads the studio: running jobs, its history, the test of a connection, and proof after a restore."""
