"""The scenes that the sandbox draws, a module for each."""
