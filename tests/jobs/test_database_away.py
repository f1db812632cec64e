"""Fault 34: the database is locked, or its server restarts, while a paid request is on its way."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError
from django.db import connection as database
from django.db.models import QuerySet

from studio.catalog.connections import engine_for
from studio.catalog.models import Connection, StudioModel
from studio.jobs.dispatch import sending
from studio.jobs.models import Job
from studio.jobs.submit import Intent, submit
from tests.factories import a_member, a_request
from tests.installation import ASK, ROOT
from tests.must import must
from tests.postgres import Server, postgres
from tests.upstream.account import Account, Clock, Pace
from tests.upstream.server import FakeStudio
from tests.worker.processes import started, wait_for

on_sqlite = pytest.mark.skipif(database.vendor != "sqlite", reason="a server locks rows, not the file")


class WriteLock:
    """Another process that writes, and takes its time."""

    def __init__(self) -> None:
        path = database.settings_dict["NAME"]
        self._other = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self.taken = threading.Event()

    def take(self) -> None:
        self._other.execute("BEGIN IMMEDIATE")
        self.taken.set()

    def leave(self) -> None:
        self._other.execute("ROLLBACK")
        self._other.close()


@pytest.fixture
def impatient(monkeypatch) -> Iterator[None]:
    """A lock is waited for a tenth of a second, where it is 20 s in an installation."""
    monkeypatch.setitem(database.settings_dict["OPTIONS"], "timeout", 0.1)
    monkeypatch.setattr(sending, "DATABASE_PAUSE", 0.1)
    database.close()
    yield
    database.close()


def ask() -> Job:
    model = StudioModel.objects.get(slug="veo31_fast")
    return submit(Intent(a_member(), model, a_request(), uuid4()))[0]


def during_the_request(studio: FakeStudio, act: Callable[[], None]) -> None:
    """Call ``act`` when the first paid request has arrived, before it is answered."""
    honest = studio.account.generate

    def generate(body):
        studio.account.generate = honest
        job = honest(body)
        act()
        return job

    studio.account.generate = generate  # type: ignore[method-assign]  # this one answers otherwise


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_locked_nothing_is_claimed_and_nothing_sent(
    connection: Connection,
    video_studio: FakeStudio,
    impatient,
) -> None:
    job, lock = ask(), WriteLock()
    lock.take()
    with pytest.raises(OperationalError, match="locked"):  # the loop takes the step again
        sending.send_next(connection)
    lock.leave()
    assert (Job.objects.get().state, video_studio.calls("POST")) == ("queued", [])
    assert sending.send_next(connection)
    assert (Job.objects.get(pk=job.pk).state, video_studio.paid_posts) == ("pending", 1)


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_an_answer_that_meets_a_locked_database_is_kept_until_it_can_be_written(
    connection: Connection,
    video_studio: FakeStudio,
    impatient,
) -> None:
    job, lock = ask(), WriteLock()
    during_the_request(video_studio, lock.take)
    sender = threading.Thread(target=_send_and_hang_up, args=(connection,))
    sender.start()
    assert lock.taken.wait(10)
    sender.join(1)  # many times what a lock is waited for here
    assert sender.is_alive()
    lock.leave()
    sender.join(10)
    kept = Job.objects.get(pk=job.pk)
    assert (kept.state, kept.upstream_id) == ("pending", video_studio.account.jobs[0].job_id)
    assert len(video_studio.calls("POST")) == video_studio.paid_posts == 1


def _send_and_hang_up(connection: Connection) -> None:
    try:
        sending.send_next(connection)
    finally:
        database.close()


@pytest.mark.django_db
def test_a_claim_that_the_database_cannot_confirm_is_not_sent(
    connection: Connection, video_studio: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask()
    claimed = sending.claim_next(connection)
    assert claimed is not None
    monkeypatch.setattr(QuerySet, "exists", raises_once(QuerySet.exists, OperationalError("gone away")))
    sending.send(claimed, engine_for(connection))
    assert (Job.objects.get(pk=job.pk).state, video_studio.calls("POST")) == ("queued", [])


def raises_once(method: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    errors = [error]

    def once(*args: Any, **kwargs: Any) -> Any:
        if errors:
            raise errors.pop()
        return method(*args, **kwargs)

    return once


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────
PREPARE = "from studio.worker.supervision.preparation import migrate, make_first_admin; migrate(); make_first_admin()"


def run(script: str, environment: dict[str, str], *arguments: str) -> None:
    lines = f"import django; django.setup()\n{script}"
    subprocess.run(
        [sys.executable, "-c", lines, *arguments], cwd=ROOT, env=environment, check=True, timeout=180
    )


@pytest.fixture
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


@pytest.mark.slow
def test_a_server_that_crashes_while_requests_are_on_their_way_loses_and_doubles_nothing(
    server: Server, tmp_path: Path
) -> None:
    account = Account(clock=Clock(real=True), pace=Pace(0.1, 0.1))
    with FakeStudio(account=account) as studio:
        environment = {
            "PATH": "/usr/bin:/bin",
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "DATABASE_URL": server.url,
            "DATA_DIR": str(tmp_path / "data"),
            "STUDIO_BASE_URL": studio.url,
            "STUDIO_API_KEY": studio.key,
        }
        run(PREPARE, environment)
        during_the_request(studio, lambda: server.restart("immediate"))
        with started([str(ROOT / "manage.py"), "worker"], tmp_path, **environment) as worker:
            run(ASK, environment, "3")
            wait_for(lambda: _finished(server) == 3, "three clips", 60)
            assert worker.process.poll() is None
    assert len(studio.calls("POST", "/generate/")) == studio.paid_posts == len(account.jobs) == 3
    assert sorted(job.body["prompt"][-1] for job in account.jobs) == ["0", "1", "2"]


def _finished(server: Server) -> int:
    try:
        with psycopg.connect(server.url) as own:
            query = "SELECT count(*) FROM jobs_job WHERE state = 'completed'"
            return must(own.execute(query).fetchone())[0]
    except psycopg.OperationalError:  # it is restarting
        return 0
