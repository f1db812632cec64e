"""The page that compares the studio's reported balances with the ledger, and where people classify differences."""
