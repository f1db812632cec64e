"""How a worker stops, is missed, and shares its work: in a process of its own, but for what a thread can show."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from studio.catalog.models import Connection
from studio.jobs.models import Job, Submission
from studio.worker import running
from studio.worker.loops import PATIENCE, Loop
from studio.worker.models import SILENT_AFTER, Heartbeat
from studio.worker.running import run
from tests.factories import a_job
from tests.upstream.server import FakeStudio
from tests.worker.processes import wait_for
from tests.worker.workers import has_said, worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]
only_on_postgresql = pytest.mark.skipif(database.vendor != "postgresql", reason="several workers need it")
only_on_sqlite = pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL takes several workers")


class Held:
    """The studio takes the first paid request and says nothing until ``release`` is set."""

    def __init__(self, studio: FakeStudio) -> None:
        self.arrived, self.release = threading.Event(), threading.Event()
        self._generate = studio.account.generate
        studio.account.generate = self  # type: ignore[method-assign]  # this one holds the first request

    def __call__(self, body):
        if not self.arrived.is_set():
            self.arrived.set()
            self.release.wait(60)
        return self._generate(body)


@pytest.fixture
def held(video_studio: FakeStudio) -> Iterator[Held]:
    holding = Held(video_studio)
    yield holding
    holding.release.set()


def is_alive() -> bool:
    return Heartbeat.is_anyone_alive()


# ── Stopping ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_stop_during_a_paid_request_waits_for_its_answer_and_says_so(
    tmp_path, connection, video_studio, held
):
    job = a_job()
    with worker(tmp_path, video_studio) as process:
        assert held.arrived.wait(20)
        process.process.send_signal(signal.SIGTERM)
        has_said(process, "A paid request is waiting for its answer.")
        assert process.process.poll() is None
        held.release.set()
        assert process.process.wait(10) == 0
    assert Job.objects.get(pk=job.pk).state == "pending"
    assert Submission.objects.get().state == "accepted"
    assert video_studio.paid_posts == 1


@pytest.mark.slow
def test_the_second_stop_signal_ends_the_worker_at_once(tmp_path, connection, video_studio, held):
    a_job()
    with worker(tmp_path, video_studio) as process:
        assert held.arrived.wait(20)
        process.process.send_signal(signal.SIGTERM)
        process.process.send_signal(signal.SIGINT)  # the same asking: a group is often signalled as a whole
        has_said(process, "Stop it again to end it immediately.")
        process.process.send_signal(signal.SIGTERM)
        assert process.process.wait(20) == 128 + signal.SIGTERM
    assert Submission.objects.get().state == "sending"  # its lease tells the rest


def test_an_ordinary_stop_waits_for_nothing(tmp_path, connection, video_studio):
    with worker(tmp_path, video_studio) as process:
        wait_for(is_alive, "the heartbeat")
        began = time.monotonic()
        assert process.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < PATIENCE / 2
        assert "paid request" not in process.err


def test_after_a_stop_no_step_begins(connection):
    stop = threading.Event()
    taken = []

    def step(number: int) -> None:
        taken.append(number)
        stop.set()

    run(stop, [Loop("one", step, 0.01, lambda: [(1,), (2,)])])
    assert taken == [1]


# ── Being killed ────────────────────────────────────────────────────────────────────────────────────────
def is_accepted(job: Job) -> bool:
    return Submission.objects.get(jobs=job).state == "accepted"


def state(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


@pytest.mark.slow
def test_after_a_kill_during_a_paid_request_the_next_one_is_sent_long_before_the_lease_ends(
    tmp_path, connection, video_studio, held
):
    first = a_job()
    with worker(tmp_path, video_studio) as killed:
        assert held.arrived.wait(20)
        second = a_job(prompt="the next")
        os.kill(killed.process.pid, signal.SIGKILL)
        with worker(tmp_path, video_studio):
            wait_for(lambda: state(first) == "unknown", "the first to be reaped", 45)
            wait_for(lambda: is_accepted(second), "the second to be sent")
            held.release.set()  # a studio that goes on though nobody waits for its answer
            wait_for(lambda: is_accepted(first), "the first to be found in the history")
    assert video_studio.paid_posts == len(video_studio.calls("POST")) == 2


@only_on_postgresql
@pytest.mark.slow
def test_a_worker_that_was_stopped_during_a_paid_request_comes_back_with_proof_and_sends_nothing_twice(
    tmp_path, connection, video_studio, held
):
    first = a_job()
    with worker(tmp_path, video_studio) as stopped:
        assert held.arrived.wait(20)
        second = a_job(prompt="the next")
        os.kill(stopped.process.pid, signal.SIGSTOP)
        with worker(tmp_path, video_studio):
            wait_for(lambda: state(first) == "unknown", "the first to be reaped", 45)
            wait_for(lambda: is_accepted(second), "the second to be sent")
            held.release.set()
            os.kill(stopped.process.pid, signal.SIGCONT)
            wait_for(lambda: is_accepted(first), "the first, by its late answer or by the history")
    assert video_studio.paid_posts == len(video_studio.calls("POST")) == 2


# ── Being there ─────────────────────────────────────────────────────────────────────────────────────────
def ran_with(loops: list[Loop], monkeypatch) -> list[str]:
    """The loops that ended the worker by hanging."""
    monkeypatch.setattr(running, "LOOK", 0.02)
    hung: list[str] = []
    thread = threading.Thread(target=lambda: hung.extend(run(threading.Event(), loops)))
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    return hung


def test_a_worker_whose_loop_hangs_names_it_and_ends(connection, monkeypatch, caplog):
    release = threading.Event()
    try:
        hung = ran_with(
            [Loop("stuck", lambda: release.wait(20), 1, allowance=0.1), Loop("fine", list, 0.01)], monkeypatch
        )
    finally:
        release.set()
    assert hung == ["stuck"]
    assert "The step stuck has not ended within its time." in caplog.text


@pytest.mark.parametrize(("vital", "beats"), [(True, 0), (False, 1)])
def test_a_worker_that_cannot_send_gives_no_sign_of_life(vital, beats, monkeypatch):
    monkeypatch.setattr("studio.worker.loop_health.FAILING_AFTER", 0.0)
    one = running.Worker(threading.Event(), [Loop("send", list, 1, vital=vital)], None)
    one.health.end("send", "OperationalError: no such table")
    one._beat()
    assert Heartbeat.objects.count() == beats


def a_heartbeat(name: str, age: timedelta) -> Heartbeat:
    return Heartbeat.objects.create(name=name, at=timezone.now() - age)


def test_workers_are_silent_since_the_last_of_them_was_seen():
    assert Heartbeat.silent_since() is None
    assert not Heartbeat.is_anyone_alive()
    a_heartbeat("one", SILENT_AFTER * 3)
    last = a_heartbeat("two", SILENT_AFTER * 2)
    assert Heartbeat.silent_since() == last.at
    Heartbeat.beat("one")
    assert Heartbeat.silent_since() is None
    assert Heartbeat.is_anyone_alive()


def test_rows_of_workers_that_are_gone_do_not_pile_up_and_the_last_one_stays():
    a_heartbeat("long dead", timedelta(days=2))
    a_heartbeat("dead", timedelta(days=1))
    Heartbeat.prune()
    assert [beat.name for beat in Heartbeat.objects.all()] == ["dead"]
    Heartbeat.beat("one")
    Heartbeat.leave("dead")
    Heartbeat.leave("one")
    assert [beat.name for beat in Heartbeat.objects.all()] == ["one"]


def test_status_tells_workers_loops_jobs_and_connections(connection, capsys):
    a_job()
    one = running.Worker(threading.Event(), [Loop("send", list, 1)], None)
    one.health.end("send", "ValueError: not today")
    one._beat()
    call_command("status")
    told = capsys.readouterr().out
    assert f"{one.name}, last seen 0 s ago" in told
    assert "1 steps, failing: ValueError: not today" in told
    assert "Queued: 1" in told
    assert "Video Studio API (working since" in told


def test_status_ends_with_1_when_no_worker_lives(db, capsys):
    with pytest.raises(SystemExit, match="1"):
        call_command("status")
    assert "No worker has ever run." in capsys.readouterr().out


# ── Several workers ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.slow
@only_on_sqlite
def test_over_sqlite_a_second_worker_says_why_it_ends(tmp_path, connection, video_studio):
    with worker(tmp_path, video_studio) as first:
        wait_for(is_alive, "the heartbeat")
        with worker(tmp_path, video_studio) as second:
            assert second.process.wait(20) == 1
            assert second.err.startswith(f"Another worker (process {first.process.pid}) already uses ")
            assert second.err.count("\n") == 1
        Heartbeat.objects.all().delete()
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait(5)
        with worker(tmp_path, video_studio) as third:
            wait_for(is_alive, "the heartbeat of the next")
            assert third.err == ""


@only_on_postgresql
def test_two_workers_send_each_request_once_and_share_the_history_calls(
    tmp_path,
    connection,
    video_studio,
):
    video_studio.account.credits = 10_000
    with worker(tmp_path, video_studio), worker(tmp_path, video_studio):
        wait_for(lambda: Heartbeat.objects.count() == 2, "both workers")
        wait_for(
            lambda: not Connection.objects.get(pk=connection.pk).is_being_tested,
            "the first tests",
        )
        began, before = time.monotonic(), len(video_studio.calls("GET", "/history/"))
        jobs = [a_job() for _ in range(20)]
        done = Job.objects.filter(state="completed")
        wait_for(lambda: done.count() == len(jobs), "every clip", 60)
        ticks = (time.monotonic() - began) / connection.poll_seconds
        calls = len(video_studio.calls("GET", "/history/")) - before
    assert video_studio.paid_posts == len(jobs)
    assert len(video_studio.calls("POST")) == len(jobs)
    assert calls <= ticks + 2
