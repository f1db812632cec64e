"""Finds the row of the studio's history that belongs to a request with a lost answer, or the evidence for a person."""
