"""The rate of a token: whatever 60 seconds one looks at, no more calls passed than it allows."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.gateway import rate_limit
from studio.gateway.answers import Problem
from studio.gateway.models import Call
from studio.tokens.models import Scope, Token
from tests.factories import a_token
from tests.gateway.conftest import Script

START = datetime(2026, 11, 25, 10, 0, 15, tzinfo=UTC)
MODELS = "/api/v1/models/video/"
MINUTE = timedelta(seconds=60)
# Many calls close together, and pauses about as long as the window.
GAPS = st.one_of(st.integers(0, 2_000), st.integers(50_000, 61_000)).map(
    lambda ms: timedelta(milliseconds=ms)
)


def wait_at(now: datetime, token: Token, scope: Scope = Scope.READ) -> int:
    """Seconds that a call at this moment is told to wait; 0 where it passes."""
    with time_machine.travel(now, tick=False):
        try:
            rate_limit.count(token, scope)
        except Problem as problem:
            return int(problem.headers["Retry-After"])
    return 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(limit=st.integers(1, 4), gaps=st.lists(GAPS, max_size=20))
def test_no_minute_holds_more_calls_than_the_rate(
    db, token: Token, limit: int, gaps: list[timedelta]
) -> None:
    """And none is refused that would have fitted; after ``Retry-After`` it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.API_READS_PER_MINUTE", limit)
        Call.objects.all().delete()
        now = START
        passed: list[datetime] = []
        for gap in gaps:
            now += gap
            in_window = [at for at in passed if now - at < MINUTE]
            wait = wait_at(now, token)
            assert (wait == 0) == (len(in_window) < limit)
            if wait:
                assert wait <= 60
                now += timedelta(seconds=wait)
                assert wait_at(now, token) == 0
            passed.append(now)


@pytest.fixture
def token(db: None) -> Token:
    return a_token()[0]


def test_the_turn_of_a_minute_does_not_double_the_rate(script: Script, settings) -> None:
    settings.API_READS_PER_MINUTE = 2
    with time_machine.travel("2026-11-25T10:00:59Z", tick=False):
        assert [script.get(MODELS).status_code for _ in range(2)] == [200, 200]
    with time_machine.travel("2026-11-25T10:01:00Z", tick=False):
        refused = script.get(MODELS)
        assert (refused.status_code, refused["Retry-After"]) == (429, "59")
    with time_machine.travel("2026-11-25T10:01:59Z", tick=False):
        assert script.get(MODELS).status_code == 200


def test_a_refused_call_does_not_put_off_the_next_one(token: Token, settings) -> None:
    settings.API_READS_PER_MINUTE = 1
    waits = [wait_at(START + timedelta(seconds=second), token) for second in range(0, 61, 20)]
    assert waits == [0, 40, 20, 0]


def test_a_clock_that_is_put_back_by_an_hour_shuts_nobody_out(token: Token, settings) -> None:
    settings.API_READS_PER_MINUTE = 1
    assert [wait_at(START, token), wait_at(START - timedelta(hours=1), token)] == [0, 0]


def test_another_token_and_another_scope_have_a_rate_of_their_own(token: Token, settings) -> None:
    settings.API_READS_PER_MINUTE = settings.API_CLIPS_PER_MINUTE = 1
    other = a_token(token.owner, name="Another")[0]
    waits = [wait_at(START, token), wait_at(START, other), wait_at(START, token, Scope.GENERATE)]
    assert waits == [0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_time_share_one_rate(settings) -> None:
    settings.API_READS_PER_MINUTE = 5
    token = a_token()[0]
    passed: list[bool] = []
    begin = threading.Barrier(12)

    def call() -> None:
        begin.wait()
        try:
            rate_limit.count(token, Scope.READ)
            passed.append(True)
        except Problem:
            passed.append(False)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(passed) == {True: 5, False: 7}


def test_calls_that_left_the_window_leave_no_rows(token: Token, settings) -> None:
    settings.API_READS_PER_MINUTE = 3
    for second in range(0, 600, 25):
        wait_at(START + timedelta(seconds=second), token)
    assert Call.objects.count() == 3
