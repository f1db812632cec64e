"""The status of personal budgets, for many people together."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db.models import F, Q, Sum

from studio.credits.budgets import BudgetStatus, Period, period_of
from studio.credits.models import Budget, BudgetRequest, DayTotal

COUNTED = F("held") + F("charged") - F("refunded")

type Granted = Mapping[tuple[int, int], int]  # (budget, person) → credits


def personal_budget_statuses(people: Collection[int], day: date) -> dict[int, BudgetStatus]:
    """Person → their own budget with the highest usage. Three queries, however many people and budgets."""
    own = Budget.objects.running().filter(scope__in=(Budget.Scope.EACH, Budget.Scope.PERSON))
    periods = {budget: period_of(budget, day) for budget in own.filter(from_day__lte=day)}
    if not periods:
        return {}
    used, granted = _used(people, periods), _granted(periods)
    found = {}
    for person in people:
        of_theirs = [
            BudgetStatus(
                budget, period, person, granted.get((budget.pk, person), 0), used.get((budget.pk, person), 0)
            )
            for budget, period in periods.items()
            if budget.scope == Budget.Scope.EACH or budget.person_id == person
        ]
        if of_theirs:
            found[person] = max(of_theirs, key=lambda one: one.percent)
    return found


def _used(people: Collection[int], periods: Mapping[Budget, Period]) -> dict[tuple[int, int], int]:
    sums = {
        f"budget_{budget.pk}": Sum(COUNTED, filter=_within(period), default=0)
        for budget, period in periods.items()
    }
    begin = min(period.start for period in periods.values())
    totals: Any = DayTotal.objects.filter(person_id__in=people, day__gte=begin).values("person_id")
    return {
        (budget.pk, row["person_id"]): row[f"budget_{budget.pk}"]
        for row in totals.annotate(**sums)
        for budget in periods
    }


def _within(period: Period) -> Q:
    since = Q(day__gte=period.start)
    return since & Q(day__lt=period.end) if period.end else since


def _granted(periods: Mapping[Budget, Period]) -> Granted:
    """Grants by budget and person; a grant counts only in the period of its request."""
    asked = BudgetRequest.objects.filter(budget__in=[budget.pk for budget in periods], granted__gt=0)
    begins = {budget.pk: (budget, period.start) for budget, period in periods.items()}
    granted: dict[tuple[int, int], int] = defaultdict(int)
    for pk, person, begin, credits in asked.values_list("budget", "person", "period_from", "granted"):
        budget, start = begins[pk]
        if begin == start:
            granted[pk, budget.person_id or person] += credits or 0
    return granted
