"""Projects: who may make clips in them, their defaults, and their costs."""
