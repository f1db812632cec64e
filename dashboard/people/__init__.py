"""People management for admins."""
