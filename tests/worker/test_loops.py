"""The embedded worker, with real threads and a real upstream."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection as database

from studio.jobs.models import Job
from studio.worker.loops import Loop
from studio.worker.models import Heartbeat
from studio.worker.running import run
from tests.factories import a_job

pytestmark = pytest.mark.django_db(transaction=True)


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)


@pytest.fixture
def worker():
    """``start(loops)`` runs the worker beside the test and stops it at the end."""
    stop = threading.Event()
    threads = []

    def start(loops: list[Loop] | None = None) -> None:
        threads.append(threading.Thread(target=run, args=(stop, loops)))
        threads[0].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_a_queued_clip_ends_up_stored_without_anybody_asking(settings, tmp_path, connection, worker):
    settings.MEDIA_ROOT = tmp_path
    job = a_job()
    worker()
    wait_for(lambda: Job.objects.get(pk=job.pk).archive == "stored", 40)
    assert not Heartbeat.last_seen().is_silent


def test_a_step_that_fails_is_taken_again_and_stops_no_other(worker, caplog, monkeypatch):
    monkeypatch.setattr("studio.worker.running.AFTER_ERROR", 0.01)
    calls: list[str] = []

    def broken() -> None:
        calls.append("broken")
        raise ValueError("not today")

    worker([Loop("broken", broken, 0.01), Loop("healthy", lambda: calls.append("healthy"), 0.01)])
    wait_for(lambda: calls.count("broken") > 2 and calls.count("healthy") > 2)
    assert "not today" in caplog.text
    assert database.vendor
