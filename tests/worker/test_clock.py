"""The machine's clock is set back or forward while a worker is at work, or while none is."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.core.cache import cache
from django.db import OperationalError
from django.db import connection as database
from django.db.models import DateTimeField, F
from django.db.models.functions import Now
from django.utils import timezone

from dashboard.polls import cursor
from dashboard.polls.pulse import Pulse
from studio.jobs.dispatch import sending
from studio.jobs.intents import issued_at, new_token
from studio.jobs.models import Job, Submission
from studio.jobs.submit import expected_seconds
from studio.worker import clock
from studio.worker.models import Heartbeat, Life
from studio.worker.presence import Presence
from tests.factories import a_job

pytestmark = pytest.mark.django_db(transaction=True)
only_on_postgresql = pytest.mark.skipif(database.vendor != "postgresql", reason="several workers need it")
HOUR = timedelta(hours=1)
ROOMS = (
    "catalog",
    "jobs",
    "credits",
    "notify",
    "worker",
    "sandbox",
)  # whose rows the worker's steps wait for
# Moments that only say when something happened, or that are compared with a person's or a studio's own time.
TOLD = {
    "catalog": "paused_since held_since held_from restored_at restored_from restored_read_at restored_whole_at "
    "first_seen_at changed_at retired_at at",
    "jobs": "made_at checked_at at asked_at decided_at first_at doubt_from doubt_until archive_refreshed_at",
    "credits": "ended_at asked_at decided_at at from_at until_at noticed_at explained_at",
    "notify": "at read_at made_at removed_at sent_at",
    "worker": "beat_at",
    "sandbox": "completed_at",
}


@pytest.fixture(autouse=True)
def fresh_cache(db: None) -> None:
    cache.clear()


def set_back(by: timedelta = HOUR) -> time_machine.travel:
    return time_machine.travel(timezone.now() - by)


def seconds_until(moment) -> float:
    return (moment - timezone.now()).total_seconds()


# ── Noticing ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_worker_that_runs_notices_at_its_next_look_that_the_clock_was_set_back(connection, caplog):
    a_job()
    Submission.objects.update(send_after=timezone.now() + timedelta(seconds=30))
    watch = clock.Clock()
    with set_back():
        assert seconds_until(Submission.objects.get().send_after) > 3600
        watch.look()
        assert 0 < seconds_until(Submission.objects.get().send_after) <= 30
        watch.look()
    assert [line for line in caplog.messages if "set back by 3600 s" in line] == caplog.messages


@pytest.mark.parametrize("by", [timedelta(seconds=1), -HOUR], ids=["slewed", "set forward"])
def test_a_clock_that_is_slewed_or_set_forward_moves_nothing(connection, by: timedelta, caplog):
    a_job()
    Submission.objects.update(send_after=timezone.now() + timedelta(hours=3))
    before = Submission.objects.get().send_after
    watch = clock.Clock()
    with set_back(by):
        watch.look()
    assert (Submission.objects.get().send_after, caplog.messages) == (before, [])


def test_a_database_that_fails_at_that_moment_is_asked_again(connection, monkeypatch):
    watch, tries = clock.Clock(), []

    def fails_once(by: timedelta) -> None:
        tries.append(round(by.total_seconds(), -1))
        if len(tries) == 1:
            raise OperationalError("locked")

    monkeypatch.setattr(clock, "move_back", fails_once)
    with set_back():
        with pytest.raises(OperationalError):
            watch.look()
        watch.look()
        watch.look()
    assert tries == [3600, 3600]


def test_two_workers_of_one_machine_move_it_once_and_a_second_step_is_another(connection, monkeypatch):
    moved: list[float] = []
    monkeypatch.setattr(clock, "move_back", lambda by: moved.append(round(by.total_seconds(), -1)))
    now = timezone.now().replace(second=2)  # not where the mark of both would change
    with time_machine.travel(now, tick=False) as traveller:
        one, other = clock.Clock(), clock.Clock()
        traveller.shift(-HOUR)
        one.look()
        other.look()
        assert moved == [3600]
        traveller.shift(-HOUR)
        other.look()
    assert moved == [3600, 3600]


def test_a_worker_that_starts_after_the_clock_was_set_back_notices_by_the_last_sign_of_life(connection):
    a_job()
    Submission.objects.update(send_after=timezone.now() + timedelta(seconds=30))
    Heartbeat.beat(clock.sign_of_this_host() + "1")
    with set_back():
        clock.begin()
        assert seconds_until(Submission.objects.get().send_after) <= 31
        assert seconds_until(Heartbeat.objects.get().at) <= 1


def test_every_moment_that_is_stored_is_moved_or_known_to_be_only_told():
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            moments = {field.name for field in model._meta.fields if isinstance(field, DateTimeField)}
            moved = set(clock.moments().get(model, ()))
            assert moved <= moments
            assert moments - moved <= set(TOLD[room].split()), model


# ── What does not wait for the worker ───────────────────────────────────────────────────────────────────
def test_a_worker_that_died_before_the_clock_was_set_back_does_not_live_for_an_hour(db):
    Heartbeat.beat("elsewhere:1")
    with set_back():
        assert not Heartbeat.is_anyone_alive()
        assert Heartbeat.last_seen().is_silent
        Heartbeat.prune()
        Heartbeat.beat("here:2")
        assert Heartbeat.last_seen().name == "here:2"


@only_on_postgresql
def test_a_worker_that_died_before_the_database_s_clock_was_set_back_is_gone():
    me, dead = Presence(), Presence()
    dead.beat()
    assert me.gone({dead.life}) == set()
    Life.objects.update(beat_at=Now() + HOUR)
    assert me.gone({dead.life}) == {dead.life}


def test_a_claim_from_before_the_clock_was_set_back_is_reaped_within_its_lease(connection):
    a_job("sending")
    Submission.objects.update(lease_until=F("lease_until") + HOUR)
    sending.reap()
    assert seconds_until(Submission.objects.get().lease_until) <= sending.LEASE.total_seconds()


def test_a_request_is_not_sent_when_the_clock_was_set_back_since_its_claim(connection, video_studio):
    a_job()
    submission = sending.claim_next(connection, uuid4())
    with set_back():
        sending.send(submission, None)
    assert (Submission.objects.get().state, video_studio.paid_posts) == ("queued", 0)


def test_how_long_a_model_takes_is_never_negative(connection):
    job = a_job("completed")
    Job.objects.update(finished_at=F("accepted_at") - HOUR)
    assert expected_seconds(job.connection_id, job.model_slug) is None
    assert a_job().expected_seconds is None
    assert Job.objects.get(pk=job.pk).elapsed >= timedelta()


def test_a_cursor_from_before_the_clock_was_set_back_is_not_good_for_an_hour():
    pulse = Pulse(1, "a", {})
    issued = cursor.issue(pulse, 1, "session")
    assert cursor.read(issued, pulse, "session")
    with set_back():
        assert cursor.read(issued, pulse, "session") is None


def test_a_token_from_the_future_does_not_tell_when_it_was_issued():
    """It was made while the clock was ahead; after a restore it must not count as newer than that."""
    with time_machine.travel(timezone.now() + HOUR):
        token = new_token()
        assert issued_at(token)
    assert issued_at(token) is None
