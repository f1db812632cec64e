"""Wake-ups are hints: they make things quick, and nothing depends on them."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection as database
from django.db import transaction

from studio.jobs.models import Job
from studio.worker.loops import all_loops
from studio.worker.presence import Presence
from studio.worker.running import run
from studio.worker.wakeups import hints, listener
from studio.worker.wakeups.signals import InProcess
from tests.factories import a_job, a_model
from tests.upstream.server import FakeStudio
from tests.worker.processes import wait_for
from tests.worker.unreliable import Unreliable

NAMES = ("send", "poll", "archive")


@pytest.fixture
def wakeups() -> InProcess:
    return InProcess(NAMES)


def test_a_hint_that_came_before_the_wait_is_not_lost_and_two_count_as_one(wakeups: InProcess):
    wakeups.wake("send")
    wakeups.wake("send")
    assert wakeups.wait("send", 0)
    assert not wakeups.wait("send", 0)
    assert not wakeups.wait("poll", 0)


def test_a_hint_for_a_loop_that_is_not_here_is_dropped(wakeups: InProcess):
    wakeups.wake("of a later version")
    assert not any(wakeups.wait(name, 0) for name in NAMES)


def test_when_the_worker_stops_every_wait_ends_now_and_later(wakeups: InProcess):
    waiting = threading.Thread(target=wakeups.wait, args=("send", 60))
    waiting.start()
    wakeups.close()
    waiting.join(5)
    assert not waiting.is_alive()
    assert wakeups.wait("send", 60)
    assert wakeups.wait("send", 60)


@pytest.mark.django_db(transaction=True)
def test_a_request_wakes_the_sending_loop_of_the_same_process_once_it_is_committed(wakeups: InProcess):
    a_model()
    with hints.connected_to(wakeups):
        with transaction.atomic():
            a_job()
            assert not wakeups.wait("send", 0)
        assert wakeups.wait("send", 0)
        assert not wakeups.wait("archive", 0)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_wakes_nobody(wakeups: InProcess):
    a_model()
    with hints.connected_to(wakeups):
        with transaction.atomic():
            a_job()
            transaction.set_rollback(True)
        assert not wakeups.wait("send", 0)


@pytest.fixture
def listening(transactional_db: None, wakeups: InProcess) -> Iterator[InProcess]:
    """As a worker in another process would hear what this one does."""
    stop = threading.Event()
    thread = threading.Thread(target=listener.listen, args=(wakeups, stop))
    thread.start()
    assert wakeups.wait("send", 10)  # at the start it may have missed something
    yield wakeups
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_request_wakes_the_sending_loop_of_another_process(listening: InProcess):
    a_model()
    listening.wait("send", 0.3)  # the model, where every commit is heard
    a_job()
    assert listening.wait("send", 10)


def test_a_listener_whose_connection_is_cut_listens_again(listening: InProcess, monkeypatch):
    if database.vendor != "postgresql":
        pytest.skip("over SQLite there is no connection to cut")
    monkeypatch.setattr(listener, "RECONNECT", 0.05)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        assert cursor.fetchone() == (1,)
    assert listening.wait("send", 10)  # what it missed meanwhile
    a_model()
    a_job()
    assert listening.wait("send", 10)


def test_a_hint_that_cannot_be_sent_fails_nothing(transactional_db: None, monkeypatch):
    monkeypatch.setattr(hints, "CHANNEL", "x" * 1000)  # longer than PostgreSQL takes
    a_model()
    assert a_job().pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [36, pytest.param(63, marks=pytest.mark.slow)])
def test_fault_36_with_wakeups_dropped_and_doubled_all_jobs_finish(
    seed: int,
    settings,
    tmp_path,
    connection,
    video_studio: FakeStudio,
):
    settings.MEDIA_ROOT = tmp_path
    wakeups = Unreliable([loop.name for loop in all_loops(Presence()) if loop.hinted], seed)
    loops = [replace(loop, idle=0.3) for loop in all_loops(Presence())]
    stop = threading.Event()
    worker = threading.Thread(target=run, args=(stop, loops, wakeups))
    worker.start()
    try:
        jobs = [a_job() for _ in range(3)]
        wait_for(lambda: Job.objects.filter(archive="stored").count() == len(jobs), "all clips", 40)
    finally:
        stop.set()
        worker.join(20)
    assert video_studio.paid_posts == len(jobs)
    assert wakeups.dropped
    assert wakeups.doubled
