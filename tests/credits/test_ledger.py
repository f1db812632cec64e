"""Holds, charges, corrections and refunds, in any order and however often each is reported."""

from datetime import date

from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from studio.catalog.connections import default_connection
from studio.credits import ledger
from studio.credits.ledger import Account
from studio.credits.models import DayTotal, Entry
from tests.examples import examples

FIGURES = st.integers(0, 3)  # small ones meet each other, and each other's differences, often
TOTALS = ("held", "charged", "refunded")


def booked(kind: str) -> int:
    return Entry.objects.filter(kind=kind).aggregate(sum=Sum("amount"))["sum"] or 0


def kept() -> tuple[int, ...]:
    sums = DayTotal.objects.aggregate(**{name: Sum(name, default=0) for name in TOTALS})
    return tuple(sums[name] for name in TOTALS)


class AnyOrder(TestCase):
    def account(self) -> Account:
        return Account("submission:1", default_connection().pk, date(2026, 4, 15))

    @settings(max_examples=examples(60))
    @given(st.lists(FIGURES, min_size=1, max_size=5))
    def test_whatever_charges_are_reported_the_last_one_is_what_was_charged(
        self, reported: list[int]
    ) -> None:
        account = self.account()
        ledger.ask(account, 2)
        ledger.charge(account, reported[0])
        for figure in reported[1:]:
            ledger.correct(account, figure)
            ledger.correct(account, figure)
            assert booked("charge") - booked("refund") == figure
        assert kept() == (0, booked("charge"), booked("refund"))

    @settings(max_examples=examples(60))
    @given(st.lists(FIGURES, min_size=1, max_size=5))
    def test_whatever_refunds_are_reported_the_last_one_is_what_came_back(self, reported: list[int]) -> None:
        account = self.account()
        ledger.charge(account, 3)
        for figure in reported:
            ledger.refund(account, figure)
            ledger.refund(account, figure)
            assert booked("charge") - booked("refund") == 3 - figure
        assert kept() == (0, booked("charge"), booked("refund"))

    @given(st.lists(st.sampled_from(["hold", "release", "charge"]), max_size=6))
    def test_a_hold_ends_once_and_a_charge_is_booked_once(self, steps: list[str]) -> None:
        account = self.account()
        ledger.hold(account, 5)
        for step in steps:
            if step == "hold":
                ledger.hold(account, 5)
            elif step == "release":
                ledger.release(account)
            else:
                ledger.charge(account, 4)
        has_ended = bool({"release", "charge"} & set(steps))
        assert kept() == (0 if has_ended else 5, 4 if "charge" in steps else 0, 0)

    def test_releasing_what_was_never_held_writes_nothing(self) -> None:
        ledger.ask(self.account(), None)
        ledger.release(self.account())
        assert not Entry.objects.exists()
