"""Budgets: what they limit, how much of them is used, and who may still spend.

What is held counts as spent until it is released: so whoever holds the locks of ``locked_standings`` and holds
credits in the same transaction can be sure that no other spends them meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from studio.credits.ledger import Account
from studio.credits.models import Budget, BudgetQuerySet, BudgetRequest, DayTotal

USED = Sum(F("held") + F("charged") - F("refunded"))
WARNED_AT = 80  # per cent


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` until before ``end``; None: without end."""

    start: date
    end: date | None

    @property
    def last_day(self) -> date | None:
        return self.end - timedelta(days=1) if self.end else None


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """One budget in its present period, for one person where it is everybody's own. All figures are credits."""

    budget: Budget
    period: Period
    person_id: int | None
    granted: int  # on top of the budget's own limit, in this period
    used: int

    @property
    def limit(self) -> int:
        return self.budget.limit + self.granted

    @property
    def left(self) -> int:
        """Negative where a soft budget was overdrawn with somebody's approval."""
        return self.limit - self.used

    @property
    def over(self) -> int:
        return max(0, -self.left)

    @property
    def warned_at(self) -> int:
        """Credits used from which on it counts as running out."""
        return self.limit * WARNED_AT // 100

    @property
    def percent(self) -> int:
        return self.percent_with(0)

    def percent_with(self, amount: int) -> int:
        """How much of it would be used, rounded down; a limit of nothing is used up."""
        return (self.used + amount) * 100 // self.limit if self.limit else 100

    def covers(self, amount: int) -> bool:
        return amount <= self.left

    @property
    def about(self) -> str:
        """What a warning is about: once for each person, budget and period."""
        whose = f":{self.person_id}" if self.budget.scope == Budget.Scope.EACH else ""
        return f"budget:{self.budget.pk}:{self.period.start}{whose}"


def applying_to(account: Account) -> BudgetQuerySet:
    """The running budgets that limit this spending, in the order in which they are locked."""
    scopes = Budget.Scope
    mine = (
        Q(scope__in=(scopes.TEAM, scopes.EACH))
        | Q(scope=scopes.PERSON, person=account.person_id)
        | Q(scope=scopes.PROJECT, project=account.project_id)
        | Q(scope=scopes.FAMILY, model_family=account.model_family)
        | Q(scope=scopes.CONNECTION, connection=account.connection_id)
        | Q(scope=scopes.TOKEN, token=account.token_id)
    )
    return Budget.objects.running().filter(mine, from_day__lte=account.day).order_by("pk")


def budget_statuses(account: Account) -> list[BudgetStatus]:
    """How those budgets stand: one query for each."""
    budgets = applying_to(account).select_related("person", "project", "connection", "token__owner")
    return [budget_status(budget, account.person_id, account.day) for budget in budgets]


def locked_budget_statuses(account: Account) -> list[BudgetStatus]:
    """As above; each budget stays locked until the transaction ends. Two spenders lock in the same order."""
    locked = list(applying_to(account).select_for_update(no_key=True))
    return [budget_status(budget, account.person_id, account.day) for budget in locked]


def budget_status(budget: Budget, person_id: int | None = None, day: date | None = None) -> BudgetStatus:
    """``person_id`` matters only to a budget that each person has."""
    period = period_of(budget, day or timezone.localdate())
    mine = person_id if budget.scope == Budget.Scope.EACH else None
    totals = _counted(budget, mine, DayTotal.objects.filter(day__gte=period.start))
    if period.end:
        totals = totals.filter(day__lt=period.end)
    return BudgetStatus(
        budget=budget,
        period=period,
        person_id=mine,
        granted=_granted(budget, mine, period),
        used=totals.aggregate(used=USED)["used"] or 0,
    )


def period_of(budget: Budget, day: date) -> Period:
    """The one that ``day`` lies in. Weeks begin on Monday. The first one begins no sooner than the budget."""
    match budget.period:
        case Budget.Period.DAY:
            start, end = day, day + timedelta(days=1)
        case Budget.Period.WEEK:
            start = day - timedelta(days=day.weekday())
            end = start + timedelta(days=7)
        case Budget.Period.MONTH:
            start = day.replace(day=1)
            end = (start + timedelta(days=31)).replace(day=1)
        case _:
            return Period(budget.from_day, None)
    return Period(max(start, budget.from_day), end)


def _counted(budget: Budget, person_id: int | None, totals: QuerySet[DayTotal]) -> QuerySet[DayTotal]:
    match budget.scope:
        case Budget.Scope.EACH:
            return totals.filter(person_id=person_id or 0)
        case Budget.Scope.PERSON:
            return totals.filter(person_id=budget.person_id or 0)
        case Budget.Scope.PROJECT:
            return totals.filter(project_id=budget.project_id or 0)
        case Budget.Scope.FAMILY:
            return totals.filter(model_family=budget.model_family)
        case Budget.Scope.CONNECTION:
            return totals.filter(connection_id=budget.connection_id or 0)
        case Budget.Scope.TOKEN:
            return totals.filter(token_id=budget.token_id or 0)
    return totals


def _granted(budget: Budget, person_id: int | None, period: Period) -> int:
    """A grant counts in the period that it was asked in, and only there."""
    granted = BudgetRequest.objects.filter(budget=budget, period_from=period.start, granted__gt=0)
    if person_id is not None:
        granted = granted.filter(person=person_id)
    return granted.aggregate(sum=Sum("granted"))["sum"] or 0


def refusing(found: Iterable[BudgetStatus], amount: int) -> BudgetStatus | None:
    """The hard budget with the least left, of those that do not cover ``amount``; None when all do."""
    short = [one for one in found if one.budget.is_hard and not one.covers(amount)]
    return min(short, key=lambda one: one.left, default=None)


def overdrawn(found: Iterable[BudgetStatus], amount: int) -> list[BudgetStatus]:
    """The soft budgets that ``amount`` would go over."""
    return [one for one in found if not one.budget.is_hard and not one.covers(amount)]


def limits(budget: Budget, person_id: int) -> bool:
    """Whether it can limit what this person asks for: all but another person's own, or their token's, do."""
    if budget.token:
        return budget.token.owner_id == person_id
    return budget.scope != Budget.Scope.PERSON or budget.person_id == person_id
