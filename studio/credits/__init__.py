"""Where every credit went: append-only entries for hold, release, charge and refund, and readings of the balance.

Knows jobs by their ids only.
"""
