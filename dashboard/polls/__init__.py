"""Polls: when a page asks whether anything changed, and nothing did, it is told so before Django wakes up."""
