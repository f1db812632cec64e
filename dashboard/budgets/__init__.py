"""What may be spent: budgets, how they stand, and asking for more."""
