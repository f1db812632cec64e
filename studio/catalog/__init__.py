"""Connections to studios, and the mirror of their models: what they offer, at what price, and what changed."""
