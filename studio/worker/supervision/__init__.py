"""Preparing an installation, and keeping its programs running."""
