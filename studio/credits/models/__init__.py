"""The ledger and its totals, budgets, the balance that the upstream reports, and actual prices."""

from studio.credits.models.balance import BalanceReading, Difference, DifferenceQuerySet
from studio.credits.models.budgets import Budget, BudgetQuerySet, BudgetRequest, SpendingRules
from studio.credits.models.ledger import DayTotal, Entry, MonthTotal, Total
from studio.credits.models.prices import PriceSample

__all__ = [
    "BalanceReading",
    "Budget",
    "BudgetQuerySet",
    "BudgetRequest",
    "DayTotal",
    "Difference",
    "DifferenceQuerySet",
    "Entry",
    "MonthTotal",
    "PriceSample",
    "SpendingRules",
    "Total",
]
