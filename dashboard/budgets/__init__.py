"""Budgets: their limits, how much is used, and requests for more."""
