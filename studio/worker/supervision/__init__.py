"""Prepares an installation, and keeps its programs running."""
