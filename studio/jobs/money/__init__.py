"""What requests will cost and may cost: estimates, price lists, spending checks, and balance reconciliation."""
