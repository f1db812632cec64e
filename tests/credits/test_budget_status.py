"""The edges of a budget's status: which days count, whose spending, whom it limits."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.credits.budgets import (
    BudgetStatus,
    Period,
    applying_to,
    budget_status,
    limits,
    overdrawn,
    period_of,
    refusing,
)
from studio.credits.ledger import Account
from studio.credits.models import Budget, BudgetRequest, DayTotal
from tests.factories import a_budget, a_member, a_token

pytestmark = pytest.mark.django_db
WEDNESDAY = date(2026, 4, 15)
DAY = timedelta(days=1)


def spent(day: date, charged: int = 0, held: int = 0, refunded: int = 0, person_id: int = 0) -> None:
    DayTotal.objects.create(
        day=day,
        connection_id=default_connection().pk,
        person_id=person_id,
        charged=charged,
        held=held,
        refunded=refunded,
    )


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("day", WEDNESDAY, WEDNESDAY),
        ("week", date(2026, 4, 13), date(2026, 4, 19)),
        ("month", date(2026, 4, 1), date(2026, 4, 30)),
    ],
)
def test_the_first_and_the_last_day_of_a_period_count_and_their_neighbours_do_not(
    period: str, first: date, last: date
) -> None:
    budget = a_budget(1_000, period=period, from_day=date(2020, 1, 1))
    spent(first - DAY, 1)
    spent(last + DAY, 20)
    spent(first, 300)
    assert budget_status(budget, day=WEDNESDAY).used == 300
    if last != first:
        spent(last, 4_000)
        assert budget_status(budget, day=WEDNESDAY).used == 4_300
    assert budget_status(budget, day=first - DAY).used == 1
    assert budget_status(budget, day=last + DAY).used == 20
    assert budget_status(budget, day=WEDNESDAY).period == Period(first, last + DAY)
    assert budget_status(budget, day=WEDNESDAY).period.last_day == last


def test_a_budget_for_once_counts_from_its_first_day_on_and_never_ends() -> None:
    budget = a_budget(1_000, period="once", from_day=WEDNESDAY)
    spent(WEDNESDAY - DAY, 1)
    spent(WEDNESDAY, 20)
    spent(WEDNESDAY + 4_000 * DAY, 300)
    for day in (WEDNESDAY, WEDNESDAY + 400 * DAY, WEDNESDAY + 4_000 * DAY):
        found = budget_status(budget, day=day)
        assert (found.used, found.left) == (320, 680)
        assert found.period == Period(WEDNESDAY, None)
        assert found.period.last_day is None


def test_a_grant_for_a_budget_for_once_holds_for_good() -> None:
    budget, member = a_budget(100, period="once", from_day=WEDNESDAY), a_member()
    asked = {"budget": budget, "person": member, "credits": 50, "decided_at": timezone.now()}
    BudgetRequest.objects.create(**asked, period_from=WEDNESDAY, granted=50)
    BudgetRequest.objects.create(**asked, period_from=WEDNESDAY + DAY, granted=900)
    assert budget_status(budget, day=WEDNESDAY + 400 * DAY).limit == 150


def test_without_a_day_it_stands_as_today() -> None:
    today = timezone.localdate()
    budget = a_budget(period="day")
    spent(today, 5)
    spent(today - DAY, 70)
    assert budget_status(budget).used == 5
    assert budget_status(budget).period.start == today


def test_what_is_held_charged_and_refunded_adds_up() -> None:
    budget = a_budget(1_000, period="once", from_day=WEDNESDAY)
    assert budget_status(budget, day=WEDNESDAY).used == 0
    spent(WEDNESDAY, charged=500, held=30, refunded=7)
    assert budget_status(budget, day=WEDNESDAY).used == 523


def test_only_a_budget_of_each_person_is_about_who_asks() -> None:
    mine, other = a_member(), a_member("other@example.com")
    spent(WEDNESDAY, 5, person_id=mine.pk)
    spent(WEDNESDAY, 70, person_id=other.pk)
    each, team = (a_budget(scope=scope, from_day=WEDNESDAY, period="once") for scope in ("each", "team"))
    assert [budget_status(each, who.pk, WEDNESDAY).used for who in (mine, other)] == [5, 70]
    assert [budget_status(team, who.pk, WEDNESDAY).used for who in (mine, other)] == [75, 75]
    assert [budget_status(budget, mine.pk, WEDNESDAY).person_id for budget in (each, team)] == [mine.pk, None]
    assert budget_status(each, None, WEDNESDAY).used == 0


def test_whom_a_budget_limits() -> None:
    mine, other = a_member(), a_member("other@example.com")
    for scope in ("team", "each", "family"):
        assert limits(Budget(scope=scope), mine.pk)
    assert limits(Budget(scope="person", person=mine), mine.pk)
    assert not limits(Budget(scope="person", person=other), mine.pk)
    token = a_token(mine)[0]
    assert limits(Budget(scope="token", token=token), mine.pk)
    assert not limits(Budget(scope="token", token=token), other.pk)


def test_a_budget_applies_from_its_first_day_on_until_it_is_ended() -> None:
    budget = a_budget(from_day=WEDNESDAY)
    a_budget(from_day=WEDNESDAY, ended_at=timezone.now())
    account = Account(
        reference="", connection_id=default_connection().pk, day=WEDNESDAY, person_id=a_member().pk
    )
    assert list(applying_to(account)) == [budget]
    assert not applying_to(Account(**{**_terms(account), "day": WEDNESDAY - DAY})).exists()


def _terms(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in account.__slots__}


def at(limit: int, used: int, *, is_hard: bool = True) -> BudgetStatus:
    return BudgetStatus(
        Budget(limit=limit, is_hard=is_hard),
        period_of(Budget(period="day", from_day=WEDNESDAY), WEDNESDAY),
        None,
        0,
        used,
    )


def test_a_budget_covers_its_last_credit_and_not_one_more() -> None:
    one = at(100, 40)
    assert (one.left, one.covers(60), one.covers(61)) == (60, True, False)
    assert refusing([one], 60) is None
    assert refusing([one], 61) is one


def test_of_several_the_hard_budget_with_the_least_left_refuses_and_the_soft_ones_are_overdrawn() -> None:
    wide, tight, soft = at(100, 10), at(100, 80), at(100, 99, is_hard=False)
    assert refusing([wide, tight, soft], 95) is tight
    assert refusing([wide, tight, soft], 15) is None
    assert overdrawn([wide, tight, soft], 95) == [soft]
    assert overdrawn([wide, tight, soft], 1) == []


@pytest.mark.parametrize(
    ("limit", "used", "percent", "over", "warned_at"),
    [
        (100, 79, 79, 0, 80),
        (100, 80, 80, 0, 80),
        (100, 130, 130, 30, 80),
        (30, 20, 66, 0, 24),
        (0, 0, 100, 0, 0),
    ],
)
def test_how_much_of_a_budget_is_used(limit: int, used: int, percent: int, over: int, warned_at: int) -> None:
    one = at(limit, used)
    assert (one.percent, one.over, one.warned_at) == (percent, over, warned_at)
    assert one.percent_with(0) == percent
    if limit:
        assert one.percent_with(limit) == percent + 100
