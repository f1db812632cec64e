"""Amounts and times as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template

from dashboard.shared import words

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, "0"),
        (1900, "1,900"),
        (Decimal("12.50"), "12.5"),
        (Decimal("100"), "100"),
        (-6, "-6"),
        (None, "unknown"),
    ],
)
def test_amounts_have_thousands_apart_and_no_idle_zeros(number: Decimal | None, told: str) -> None:
    assert words.amount(number) == told


def test_one_credit_is_singular() -> None:
    assert [words.credits_phrase(n) for n in (1, 2, 0)] == ["1 credit", "2 credits", "0 credits"]


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=-30), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=2), "20 Nov"),
        (timedelta(days=400), "18 Oct 2025"),
    ],
)
def test_an_age_is_told_as_a_person_would(ago: timedelta, told: str) -> None:
    assert words.age(NOW - ago, NOW) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(2, "5 s"), (41, "40 s"), (58, "1 min"), (150, "2 min"), (7200, "2 h")]
)
def test_a_length_is_rounded_to_what_one_would_say(seconds: int, told: str) -> None:
    assert words.length(seconds) == told


@pytest.mark.parametrize(
    ("value", "drawn"),
    [
        ("16:9", 'width="16" height="9.0"'),
        ("9:16", 'width="9.0" height="16"'),
        ("1:1", 'width="12" height="12"'),
        ("21:9", 'width="16" height="6.9"'),
        ("Auto", "stroke-dasharray"),
        ("4:0", "stroke-dasharray"),
        ('"><script>', "stroke-dasharray"),
    ],
)
def test_a_ratio_is_drawn_in_its_shape(value: str, drawn: str) -> None:
    svg = Template("{% load dailies %}{% ratio value named=True %}").render(Context({"value": value}))
    assert drawn in svg
    assert "<script" not in svg


def test_a_state_is_told_in_words_and_an_unknown_one_as_it_is() -> None:
    template = Template("{% load dailies %}{{ a|state_word }}, {{ b|state_word }}")
    assert template.render(Context({"a": "pending", "b": "dreaming"})) == "In progress, dreaming"


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (date(2026, 11, 22), date(2026, 11, 22), "22 Nov 2026"),
        (date(2026, 11, 1), date(2026, 11, 22), "1–22 Nov 2026"),
        (date(2026, 9, 30), date(2026, 11, 2), "30 Sep – 2 Nov 2026"),
        (date(2025, 12, 31), date(2026, 1, 1), "31 Dec 2025 – 1 Jan 2026"),
        (date(2026, 11, 1), None, "since 1 Nov 2026"),
        (None, date(2026, 11, 1), "until 1 Nov 2026"),
    ],
)
def test_a_span_of_days_tells_its_year_once(since: date | None, until: date | None, told: str) -> None:
    assert words.days(since, until) == told
