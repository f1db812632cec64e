"""Clips: the live lists, the page of one clip, and its actions. A clip is a ``Job`` in code and in the API."""
