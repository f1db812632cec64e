"""A studio that hangs holds up its own connection: the others are sent to, watched and copied from as ever."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from studio.catalog import register
from studio.catalog.models import Connection
from studio.jobs.models import Job, Submission
from studio.upstream.secret import Secret
from studio.worker import lanes
from studio.worker.lanes import Lanes
from studio.worker.running import run
from tests.factories import a_job, fresh
from tests.upstream.server import FakeStudio
from tests.worker.processes import wait_for


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A studio that takes every connection and says nothing; closed, it resets them all."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield listener


@pytest.fixture
def hanging(connection: Connection, silent: socket.socket, settings) -> Connection:
    settings.STUDIO_ALLOWED_HOSTS = ("127.0.0.1",)
    address = f"http://127.0.0.1:{silent.getsockname()[1]}"
    return register.add("Hanging", address, 24, Secret("silent-key"))


def moved_to(connection: Connection, job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(connection=connection)
    Submission.objects.filter(pk=job.submission_id).update(connection=connection)
    return fresh(job)


@pytest.mark.django_db(transaction=True)
def test_while_one_studio_hangs_a_clip_of_another_is_sent_watched_and_kept(
    settings, tmp_path, connection, hanging, silent, video_studio: FakeStudio
):
    settings.MEDIA_ROOT = tmp_path
    stuck = moved_to(hanging, a_job(prompt="stuck"))
    moved_to(hanging, a_job("pending", prompt="is watched there"))
    waiting = a_job(prompt="goes on")
    stop = threading.Event()
    worker = threading.Thread(target=run, args=(stop,))
    worker.start()
    try:
        wait_for(lambda: fresh(stuck).state == "sending", "the request to the studio that hangs")
        wait_for(lambda: fresh(waiting).archive == "stored", "the other clip", 40)
        assert fresh(stuck).state == "sending"
    finally:
        stop.set()
        silent.close()
        worker.join(90)


def test_quick_steps_share_a_thread_and_a_slow_one_has_its_own():
    release, threads = threading.Event(), Counter()

    def step(target: str) -> str:
        threads[threading.current_thread().name] += 1
        if target == "slow":
            release.wait(20)
        return target

    late: list[object] = []
    one = Lanes("send", 8, step, late.append)
    assert one.turn(["a", "b", "c"]) == ["a", "b", "c"]
    assert len(threads) == 1
    assert one.turn(["slow", "a", "b"]) == ["a", "b"]
    assert one.turn(["slow", "a", "b"]) == ["a", "b"]  # never two steps for one target
    assert len(threads) == 2
    release.set()
    one.close()
    assert late == ["slow"]
    assert threads.total() == 8


def test_no_more_steps_run_at_a_time_than_there_are_lanes_and_who_waited_longest_is_next(monkeypatch):
    monkeypatch.setattr(lanes, "SLOW", 0.01)
    release, taken = threading.Event(), []

    def step(target: int) -> None:
        taken.append(target)
        release.wait(20)

    one = Lanes("poll", 2, step, lambda result: None)
    one.turn([1, 2, 3])
    assert taken == [1, 2]
    release.set()
    wait_for(lambda: one.turn([1, 2, 3]), "a free lane")
    assert taken[2] == 3


def test_a_step_that_raises_frees_its_lane(caplog):
    def step(target: int) -> None:
        raise ValueError("not today")

    one = Lanes("poll", 1, step, lambda result: None)
    assert one.turn([1]) == [None]
    assert one.turn([1]) == [None]
    assert "not today" in caplog.text


def test_a_thread_without_work_ends_and_the_next_step_gets_a_new_one(monkeypatch):
    monkeypatch.setattr(lanes, "IDLE", 0.01)
    seen: list[threading.Thread] = []
    one = Lanes("poll", 1, lambda target: seen.append(threading.current_thread()), lambda result: None)
    one.turn([1])
    wait_for(lambda: not seen[0].is_alive(), "the thread to end")
    one.turn([1])
    assert seen[1] is not seen[0]


@pytest.mark.django_db(transaction=True)
def test_the_threads_and_their_database_sessions_end_with_the_worker():
    seen: dict[threading.Thread, BaseDatabaseWrapper] = {}

    def step(target: int) -> None:
        Job.objects.exists()
        seen[threading.current_thread()] = connections["default"]

    one = Lanes("poll", 4, step, lambda result: None)
    one.turn([1])
    one.turn([1, 2])
    one.close()
    for thread in seen:
        thread.join(10)
        assert not thread.is_alive()
    assert [wrapper.connection for wrapper in seen.values()] == [None] * len(seen)
