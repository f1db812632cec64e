"""The audit log pages, and the origin of requests."""
