"""Polls: requests of open pages for changes. Most are answered from memory, without Django."""
