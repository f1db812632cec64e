"""Polls: pages that ask whether anything changed. Most are answered from memory, before Django wakes up."""
