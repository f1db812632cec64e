"""Where the credits went: the report of a period, the ledger behind it, and both as files to take along."""
