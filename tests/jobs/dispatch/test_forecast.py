"""When waiting requests will be sent: the forecast must be what the limits then let through."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.jobs.dispatch.forecast import departures
from studio.jobs.dispatch.hourly_quota import HOUR, HourlyQuota
from studio.jobs.models import Attempt
from tests.factories import a_job, altered

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_studio(quota: int, *minutes_ago: int) -> Connection:
    """With paid requests that long ago."""
    submission = a_job().submission
    Connection.objects.update(
        kind=Connection.Kind.HTTP, base_url="https://studio.example.com", posts_per_hour=quota
    )
    connection = Connection.objects.get()
    for number, minutes in enumerate(minutes_ago, 1):
        Attempt.objects.create(
            submission=submission, connection=connection, number=number, at=NOW - minutes * MINUTE
        )
    return connection


def minutes_until(connection: Connection, number: int) -> list[float]:
    """From now to the next departures."""
    return [(at - NOW) / MINUTE for at in islice(departures(connection, NOW), number)]


@pytest.mark.django_db
def test_without_a_limit_everything_leaves_now() -> None:
    assert minutes_until(default_connection(), 500) == [0] * 500


@pytest.mark.django_db
def test_what_the_hour_has_room_for_leaves_now_and_the_rest_as_each_request_becomes_an_hour_old() -> None:
    assert minutes_until(a_studio(4, 50, 20), 9) == [0, 0, 10, 40, 60, 60, 70, 100, 120]


@pytest.mark.django_db
def test_a_full_hour_lets_nothing_leave_before_its_oldest_request_is_an_hour_old() -> None:
    assert minutes_until(a_studio(2, 45, 15), 4) == [15, 45, 75, 105]


@pytest.mark.django_db
def test_a_quota_that_was_lowered_counts_the_newest_requests() -> None:
    assert minutes_until(a_studio(2, 50, 40, 30, 20), 3) == [30, 40, 90]


@pytest.mark.django_db
def test_requests_that_never_left_use_up_nothing() -> None:
    connection = a_studio(1, 30)
    Attempt.objects.update(is_unsent=True)
    assert minutes_until(connection, 2) == [0, 60]


@pytest.mark.django_db
def test_nothing_leaves_before_the_time_that_the_studio_named() -> None:
    connection = a_studio(2, 55)
    connection.send_after = NOW + 20 * MINUTE
    assert minutes_until(connection, 3) == [20, 20, 80]
    connection.send_after = NOW - MINUTE
    assert minutes_until(connection, 3) == [0, 5, 60]


@pytest.mark.django_db
def test_the_sandbox_waits_for_the_time_it_named_too() -> None:
    connection = default_connection()
    connection.send_after = NOW + 7 * MINUTE
    assert minutes_until(connection, 2) == [7, 7]


@pytest.mark.django_db
def test_where_nothing_may_be_sent_nothing_leaves() -> None:
    assert minutes_until(a_studio(0), 3) == []


@pytest.mark.django_db
def test_another_connection_s_requests_do_not_count() -> None:
    connection = a_studio(1)
    other = Connection.objects.create(name="Other", kind=Connection.Kind.HTTP, posts_per_hour=1)
    job = altered(a_job(), connection=other)
    Attempt.objects.create(submission=job.submission, connection=other, number=1, at=NOW - MINUTE)
    assert minutes_until(connection, 1) == [0]


@given(st.integers(1, 6), st.lists(st.integers(0, 59), max_size=8))
def test_no_forecast_ever_breaks_the_quota_and_none_waits_longer_than_it_must(
    quota: int, ages: list[int]
) -> None:
    sent = sorted(NOW - age * MINUTE for age in ages)
    connection = Connection(kind=Connection.Kind.HTTP, posts_per_hour=quota)
    with pytest.MonkeyPatch.context() as patch:
        found = HourlyQuota(sent, quota)
        patch.setattr("studio.jobs.dispatch.forecast.hourly_quota", lambda connection, now: found)
        leaves = list(islice(departures(connection, NOW), 10))
    for place, at in enumerate(leaves):
        before = [*sent, *leaves[:place]]
        assert sum(at - HOUR < other <= at for other in before) < quota
        moment_before = at - timedelta(microseconds=1)
        is_now = at == NOW
        assert is_now or sum(moment_before - HOUR < other for other in before) >= quota
