"""Projects: what clips are made for, who may make them there, what they begin with, and what they cost."""
