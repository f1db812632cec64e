from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from studio.notify.quiet import quiet_until

clocks = st.integers(0, 24 * 60 - 1).map(lambda minute: time(*divmod(minute, 60)))
moments = st.integers(0, 400 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0, second)
)


@pytest.mark.parametrize(
    ("now", "until"),
    [("21:59", None), ("22:00", "07:00"), ("00:00", "07:00"), ("06:59", "07:00"), ("07:00", None)],
)
def test_a_quiet_night_wraps_midnight(now: str, until: str | None) -> None:
    found = quiet_until(
        time(22), time(7), datetime.combine(datetime(2026, 5, 4), time.fromisoformat(now), UTC)
    )
    assert (found and f"{found:%H:%M}") == until


def test_the_installations_clock_counts(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    half_past_ten_at_night = datetime(2026, 5, 4, 13, 30, tzinfo=UTC)
    assert quiet_until(time(22), time(7), half_past_ten_at_night) == datetime(2026, 5, 4, 22, tzinfo=UTC)


@rules(deadline=None)
@given(clocks, clocks, moments)
def test_quiet_ends_within_a_day_and_outside_of_itself(begins: time, ends: time, now: datetime) -> None:
    until = quiet_until(begins, ends, now)
    if until is not None:
        assert timedelta(0) < until - now <= timedelta(days=1)
        assert quiet_until(begins, ends, until) is None


# The nights on which clocks change, and a zone that changes by half an hour.
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
CHANGES = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 8), (3, 29), (4, 4), (10, 3), (10, 25), (11, 1))
]
nights = st.builds(
    lambda day, minute: day + timedelta(minutes=minute), st.sampled_from(CHANGES), st.integers(-1440, 2880)
)


@rules(deadline=None)
@given(clocks, clocks, nights, st.sampled_from(ZONES))
def test_quiet_ends_also_on_a_night_when_the_clock_changes(
    begins: time, ends: time, now: datetime, zone: str
) -> None:
    with override_settings(TIME_ZONE=zone):
        until = quiet_until(begins, ends, now)
        if until is not None:
            assert timedelta(0) < until - now <= timedelta(hours=25)
            assert quiet_until(begins, ends, until) is None


@rules(deadline=None)
@given(clocks, moments)
def test_hours_that_end_as_they_begin_are_none(clock: time, now: datetime) -> None:
    assert quiet_until(clock, clock, now) is None
