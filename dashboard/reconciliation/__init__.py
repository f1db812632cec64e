"""The page that holds the balance, reading by reading, against the ledger; and what a person says of a difference."""
