"""Budgets: what they limit, how much of them is used, and who may still spend.

Held credits count as spent until they are released. So a transaction that holds credits under the locks of
``locked_budget_statuses`` can be sure that nobody else spends them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from studio.credits.ledger import Account
from studio.credits.models import Budget, BudgetQuerySet, BudgetRequest, DayTotal

USED = Sum(F("held") + F("charged") - F("refunded"))
WARNED_AT = 80  # percent


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` to before ``end``; None: without an end."""

    start: date
    end: date | None

    @property
    def last_day(self) -> date | None:
        return self.end - timedelta(days=1) if self.end else None


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A budget in its current period, for one person if each person has their own. All figures are credits."""

    budget: Budget
    period: Period
    person_id: int | None
    granted: int  # added to the budget's own limit in this period
    used: int

    @property
    def limit(self) -> int:
        return self.budget.limit + self.granted

    @property
    def left(self) -> int:
        """Negative if a soft budget was exceeded with approval."""
        return self.limit - self.used

    @property
    def over(self) -> int:
        return max(0, -self.left)

    @property
    def warned_at(self) -> int:
        """The used credits from which a warning is due."""
        return self.limit * WARNED_AT // 100

    @property
    def percent(self) -> int:
        return self.percent_with(0)

    def percent_with(self, amount: int) -> int:
        """The percentage used with ``amount`` more, rounded down; a zero limit counts as fully used."""
        return (self.used + amount) * 100 // self.limit if self.limit else 100

    def covers(self, amount: int) -> bool:
        return amount <= self.left

    @property
    def about(self) -> str:
        """The key of a warning: unique per person, budget and period."""
        whose = f":{self.person_id}" if self.budget.scope == Budget.Scope.EACH else ""
        return f"budget:{self.budget.pk}:{self.period.start}{whose}"


def applying_to(account: Account) -> BudgetQuerySet:
    """The running budgets that limit this spending, in the order of locking."""
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
    """The status of those budgets, by one query for each."""
    budgets = applying_to(account).select_related("person", "project", "connection", "token__owner")
    return [budget_status(budget, account.person_id, account.day) for budget in budgets]


def locked_budget_statuses(account: Account) -> list[BudgetStatus]:
    """The same, with each budget locked until the transaction ends. All callers lock in the same order."""
    locked = list(applying_to(account).select_for_update(no_key=True))
    return [budget_status(budget, account.person_id, account.day) for budget in locked]


def budget_status(budget: Budget, person_id: int | None = None, day: date | None = None) -> BudgetStatus:
    """The budget's status on a day (today if None). ``person_id`` only matters if each person has their own budget."""
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
    """The period that contains ``day``. Weeks start on Monday. The first period starts with the budget."""
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
    """Credits granted for this period; a grant counts only in the period of its request."""
    granted = BudgetRequest.objects.filter(budget=budget, period_from=period.start, granted__gt=0)
    if person_id is not None:
        granted = granted.filter(person=person_id)
    return granted.aggregate(sum=Sum("granted"))["sum"] or 0


def refusing(found: Iterable[BudgetStatus], amount: int) -> BudgetStatus | None:
    """Of the hard budgets that do not cover ``amount``, the one with the least left; None if all do."""
    short = [one for one in found if one.budget.is_hard and not one.covers(amount)]
    return min(short, key=lambda one: one.left, default=None)


def overdrawn(found: Iterable[BudgetStatus], amount: int) -> list[BudgetStatus]:
    """The soft budgets that ``amount`` would exceed."""
    return [one for one in found if not one.budget.is_hard and not one.covers(amount)]


def limits(budget: Budget, person_id: int) -> bool:
    """Whether the budget can limit this person: not if it is another person's, or their token's."""
    if budget.token:
        return budget.token.owner_id == person_id
    return budget.scope != Budget.Scope.PERSON or budget.person_id == person_id
