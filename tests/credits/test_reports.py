"""What was spent, from the totals: the same as plain Python adds up from the ledger, however the period is cut."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from studio.catalog.connections import default_connection
from studio.credits import ledger
from studio.credits.models import DayTotal, Entry, MonthTotal
from studio.credits.reports import (
    BREAKDOWNS,
    Filter,
    added_up,
    burn_rate,
    by_day,
    by_month,
    lasts_until,
    report,
    totals,
)
from studio.credits.statement import GROUPS, SIGNS, Kind, entries, lines, total
from studio.projects.models import Project
from tests.factories import a_member

TODAY = date(2026, 4, 15)
ENDS = ("open", "completed", "failed", "cancelled", "stopped")


def a_clip(
    number: int, day: date, outcome: str = "completed", price: int = 100, **fields: Any
) -> ledger.Account:
    """A clip as the ledger knows it, without the job."""
    account = ledger.Account(
        **{
            "reference": f"job:{number}",
            "connection_id": default_connection().pk,
            "day": day,
            "person_id": a_member().pk,
            "project_id": Project.objects.general().pk,
            "job_id": number,
            "model_slug": "veo31_fast",
            "model_family": "Veo 3.1",
            "outcome": "open",
            **fields,
        }
    )
    ledger.ask(account, price)
    if outcome == "open":
        return account
    ledger.end(account, outcome)
    account = replace(account, outcome=outcome)
    if outcome in ("completed", "failed"):
        ledger.charge(account, price)
    else:
        ledger.release(account, outcome)
    if outcome == "failed":
        ledger.refund(account, price)
    return account


def spent_in(narrowed: Filter) -> int:
    """By plain Python, from the ledger."""
    found = Entry.objects.filter(day__range=(narrowed.since, narrowed.until))
    signs = {"charge": 1, "refund": -1}
    return sum(signs.get(entry.kind, 0) * entry.amount for entry in found)


PERIODS = [  # cut in every way: within a month, whole months, from the middle of one to the middle of another
    (date(2026, 4, 15), date(2026, 4, 15)),
    (date(2026, 4, 1), date(2026, 4, 30)),
    (date(2026, 3, 31), date(2026, 5, 1)),
    (date(2025, 12, 31), date(2026, 4, 15)),
    (date(2026, 1, 1), date(2026, 2, 28)),
    (date(2026, 2, 2), date(2026, 3, 1)),
    (date(1990, 1, 1), date(2999, 12, 31)),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("since", "until"), PERIODS)
def test_a_period_holds_its_first_and_its_last_day_and_no_other(since: date, until: date) -> None:
    edges = [since - timedelta(days=1), since, until, until + timedelta(days=1), TODAY]
    for number, day in enumerate(edges):
        a_clip(number, day, price=10**number)
    narrowed = Filter(since, until)
    spent = spent_in(narrowed)
    assert totals(narrowed).spent == report(narrowed).whole.spent == spent > 0
    for name in BREAKDOWNS:
        assert added_up(by_month(narrowed, name).values()).spent == spent
        assert added_up(part.sums for part in report(narrowed).parts[name]).spent == spent


class AnyLedger(TestCase):
    @settings(max_examples=15, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 100),
                st.sampled_from(ENDS),
                st.integers(0, 500),
                st.booleans(),
                st.integers(0, 60),
            ),
            max_size=8,
        ),
        st.integers(0, 100),
        st.integers(0, 100),
    )
    def test_every_figure_is_that_of_the_ledger(self, clips: list[tuple], a: int, b: int) -> None:
        Entry.objects.all().delete()
        DayTotal.objects.all().delete()
        MonthTotal.objects.all().delete()
        start = date(2026, 1, 20)
        for number, (offset, outcome, price, is_other, told) in enumerate(clips):
            model = {"model_slug": "kling_3_0", "model_family": "Kling"} if is_other else {}
            account = a_clip(number, start + timedelta(days=offset), outcome, price, **model)
            if outcome == "completed":
                ledger.correct(account, told)
        since, until = sorted((start + timedelta(days=a), start + timedelta(days=b)))
        for narrowed in (Filter(since, until), Filter(since, until, model="kling_3_0")):
            whole = report(narrowed).whole
            assert totals(narrowed) == whole == added_up(by_day(narrowed, "model").values())
            assert whole == added_up(by_month(narrowed, "outcome").values())
            for name in BREAKDOWNS:
                assert added_up(part.sums for part in report(narrowed).parts[name]) == whole
            for group in ("", *GROUPS):
                found = list(entries(narrowed, group))
                assert total(narrowed, group) == sum(SIGNS[Kind(one.kind)] * one.amount for one in found)
            assert total(narrowed) == -(whole.spent + whole.held)


# ── The statement ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_the_running_sum_goes_on_from_page_to_page() -> None:
    for number in range(6):
        a_clip(number, TODAY - timedelta(days=number // 2), price=number + 1)
    bought = ledger.Account("bought:1", default_connection().pk, TODAY - timedelta(days=40))
    ledger.top_up(bought, 1_000)
    narrowed = Filter(TODAY - timedelta(days=60), TODAY)
    first = list(entries(narrowed)[:7])
    rest = list(entries(narrowed, below=first[-1]))
    told = [*lines(first, narrowed), *lines(rest, narrowed)]
    assert [line.entry for line in told] == list(entries(narrowed))
    oldest_first, running = told[::-1], 0
    for line in oldest_first:
        running += line.credits
        assert line.running == running
    assert running == total(narrowed) == 1_000 - 21


@pytest.mark.django_db
def test_a_top_up_is_no_spending() -> None:
    bought = ledger.Account("bought:1", default_connection().pk, TODAY)
    ledger.top_up(bought, 1_000)
    ledger.adjust(bought, -37, "spent elsewhere")
    assert not report(Filter(TODAY, TODAY)).whole
    assert total(Filter(TODAY, TODAY)) == 963


# ── How long it lasts ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_burn_is_of_fourteen_days_or_of_those_since_the_first_clip() -> None:
    today, narrowed = timezone.localdate(), Filter(TODAY, TODAY)
    assert burn_rate(narrowed, today) is None
    a_clip(1, today - timedelta(days=3))
    assert burn_rate(narrowed, today) == 25  # 100 in four days
    a_clip(2, today - timedelta(days=30), price=999)
    assert burn_rate(narrowed, today) == pytest.approx(100 / 14)


def test_credits_last_until_they_are_used_up() -> None:
    assert lasts_until(100, 10, TODAY) == date(2026, 4, 25)
    assert lasts_until(0, 10, TODAY) == lasts_until(-5, 10, TODAY) == TODAY
    assert lasts_until(1_000_000, 0.5, TODAY) is None
