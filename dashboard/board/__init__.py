"""The board: who is making what now, what comes next, and what each person uses. Everybody reads it."""
