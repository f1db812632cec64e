"""Connections to a studio, and the mirror of its models: what can be made, at what price, and what changed."""
