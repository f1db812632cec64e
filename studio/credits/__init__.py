"""The credit ledger (append-only entries for hold, release, charge and refund), budgets and readings of the balance.

Knows jobs by their ids only.
"""
