"""The board: who is making what, what is up next, and what each person spends. Everyone can see it."""
