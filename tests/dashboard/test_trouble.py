"""Requests while the database is locked or away, or the disk is full: a sentence, and nothing lost or paid twice."""

import errno
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError, ProgrammingError
from django.db import connection as database
from django.test import Client

from dashboard.middleware.trouble import failed
from studio.credits.models import Entry
from studio.gateway.outage import AWAY, BUSY, FULL, READ_ONLY, outage_of
from studio.jobs.models import Job
from studio.worker.models import Heartbeat
from tests.dashboard.reading import text_of
from tests.factories import a_member, a_model, a_token
from tests.gateway.conftest import GENERATE, WISH

FORM = {"model_slug": "veo31_fast", "prompt": "a lighthouse at dawn", "aspect_ratio": "16:9"}
FORM |= {"duration_seconds": "8", "variations": "1", "token": "6f0c0b0e-7c53-4a8f-9d0e-3f0f6a6d9a11"}
on_sqlite = pytest.mark.skipif(database.vendor != "sqlite", reason="a server locks rows, not the file")
in_earnest = pytest.mark.django_db(transaction=True)


@contextmanager
def locked(mode: str = "IMMEDIATE") -> Iterator[None]:
    """Another process that writes and takes its time; EXCLUSIVE keeps readers out, too."""
    other = sqlite3.connect(database.settings_dict["NAME"], timeout=5, isolation_level=None)
    other.execute(f"BEGIN {mode}")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full() -> Iterator[None]:
    """SQLite itself says that the disk is full, as soon as the file would have to grow."""
    with database.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        with database.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A lock is waited for a tenth of a second, where it is 20 s in an installation."""
    if database.vendor == "sqlite":
        monkeypatch.setitem(database.settings_dict["OPTIONS"], "timeout", 0.1)
    database.close()
    yield
    database.close()


@pytest.fixture
def browser(transactional_db: None, impatient: None) -> Client:
    a_model()
    client = Client(raise_request_exception=False)
    client.force_login(a_member("member@example.com"))
    return client


def assert_unavailable(response, sentence: str, seconds: int) -> None:
    assert (response.status_code, response["Retry-After"]) == (503, str(seconds))
    assert sentence in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@on_sqlite
def test_a_form_that_meets_a_locked_database_can_be_sent_again(browser: Client) -> None:
    with locked():
        answer = browser.post("/", FORM)
        assert_unavailable(answer, "The database is busy. Try again in a few seconds.", 5)
        assert "Go back in your browser: your entries are still there." in text_of(answer)
    assert (Job.objects.count(), Entry.objects.count()) == (0, 0)
    assert browser.post("/", FORM).status_code == 302
    assert Job.objects.count() == 1


@on_sqlite
def test_a_fragment_is_answered_with_the_sentence_alone(browser: Client) -> None:
    with locked():
        answer = browser.post("/", FORM, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content.decode()) == (503, BUSY.sentence)
    assert answer["Content-Type"].startswith("text/plain")


@on_sqlite
@pytest.mark.parametrize("path", ["/jobs/", "/jobs/live/?since=0", "/profile/", "/media/clips/aa/a.mp4"])
def test_pages_that_cannot_even_read_say_so(browser: Client, path: str) -> None:
    """The session cannot be read either: the page needs no database."""
    with locked("EXCLUSIVE"):
        answer = browser.get(path)
    assert_unavailable(answer, BUSY.sentence, 5)


@on_sqlite
@in_earnest
def test_a_script_is_answered_in_json_and_its_key_makes_one_job(impatient: None, settings) -> None:
    settings.API_PATIENCE = 0.0
    a_model()
    text = a_token(a_member("script@example.com"))[1]
    headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": "order-17"}

    def ask():
        client = Client(raise_request_exception=False)
        return client.post(GENERATE, json.dumps(WISH), content_type="application/json", headers=headers)

    with locked():
        refused = ask()
    assert_unavailable(refused, BUSY.sentence, 5)
    assert refused.json() == {"success": False, "error": BUSY.sentence}
    first, again = ask(), ask()
    assert first.status_code == again.status_code == 200
    assert first.json()["job_ids"] == again.json()["job_ids"]
    assert Job.objects.count() == 1


@on_sqlite
def test_a_full_disk_is_named_and_nothing_is_half_charged(browser: Client) -> None:
    long = FORM | {"prompt": "a lighthouse " * 100}
    with full():
        for n in range(60):
            answer = browser.post("/", long | {"token": f"6f0c0b0e-7c53-4a8f-9d0e-3f0f6a6d{n:04}"})
            if answer.status_code == 503:
                break
        assert_unavailable(answer, "The disk is full, so nothing can be saved.", 60)
    assert Entry.objects.filter(kind="hold").count() == Job.objects.count()


def test_a_page_that_fails_after_the_request_was_written_can_be_sent_again(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is committed, then the session cannot be saved: the form is one intent, however often it comes."""

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the connection was lost")

    with monkeypatch.context() as patch:
        patch.setattr(SessionStore, "save", fail)
        first = browser.post("/", FORM)
    assert_unavailable(first, AWAY.sentence, 15)
    assert browser.post("/", FORM).status_code == 302
    assert Job.objects.count() == 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_takes_no_file_is_named(
    as_member: Client, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, "No room")

    monkeypatch.setattr("dashboard.jobs.views.render", fail)
    as_member.raise_request_exception = False
    assert_unavailable(as_member.get("/jobs/"), FULL.sentence, 60)


def test_faults_of_ours_stay_faults(as_member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ProgrammingError("no such column")

    monkeypatch.setattr("dashboard.jobs.views.render", fail)
    as_member.raise_request_exception = False
    answer = as_member.get("/jobs/")
    assert (answer.status_code, answer.has_header("Retry-After")) == (500, False)


def caused(cause: Exception | SimpleNamespace, kind: type[Exception] = OperationalError) -> Exception:
    """As Django wraps what a driver raises."""
    error = kind("words of the driver")
    if isinstance(cause, Exception):
        error.__cause__ = cause
    return error


class Driver(Exception):
    def __init__(self, **told: object) -> None:
        super().__init__()
        vars(self).update(told)


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (caused(Driver(sqlite_errorcode=5)), BUSY),
        (caused(Driver(sqlite_errorcode=5 | 2 << 8)), BUSY),
        (caused(Driver(sqlite_errorcode=13)), FULL),
        (caused(Driver(sqlite_errorcode=14)), AWAY),
        (caused(Driver(sqlite_errorcode=10 | 3 << 8)), AWAY),
        (caused(Driver(sqlite_errorcode=8)), READ_ONLY),
        (caused(Driver(sqlite_errorcode=1)), None),
        (caused(Driver(sqlstate="53100")), FULL),
        (caused(Driver(sqlstate="53300")), BUSY),
        (caused(Driver(sqlstate="55P03")), BUSY),
        (caused(Driver(sqlstate="40P01")), BUSY),
        (caused(Driver(sqlstate="57P01")), AWAY),
        (caused(Driver(sqlstate=None)), AWAY),
        (OSError(errno.ENOSPC, "No room"), FULL),
        (FileNotFoundError(errno.ENOENT, "Not there"), None),
        (ValueError("ours"), None),
        (None, None),
    ],
)
def test_what_a_driver_says_is_told_apart(error: Exception | None, outage: object) -> None:
    assert outage_of(error) == outage


# ── Readiness ────────────────────────────────────────────────────────────────────────────────────────────
def readiness() -> dict[str, object]:
    answer = Client().get("/health/ready")
    told = answer.json()
    assert (answer.status_code == 200) == told["ready"]
    assert told["ready"] or answer["Retry-After"]
    return told


@in_earnest
def test_readiness_names_database_disk_and_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert readiness() == {
        "ready": True,
        "database": "ok",
        "disk": "ok",
        "worker": "The worker has not started yet.",
    }
    Heartbeat.beat("worker-1")
    assert readiness()["worker"] == "ok"
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=1_000))
    told = readiness()
    assert (told["ready"], told["database"], told["disk"]) == (False, "ok", FULL.sentence)


@in_earnest
def test_readiness_names_a_disk_that_takes_no_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda folder, mode: False)
    told = readiness()
    assert (told["ready"], told["database"], told["disk"]) == (False, "ok", "The disk cannot be written to.")


@on_sqlite
@pytest.mark.parametrize("mode", ["IMMEDIATE", "EXCLUSIVE"])
def test_readiness_names_a_locked_database_while_liveness_stays_well(
    browser: Client, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr("dashboard.health.PATIENCE", 0.05)
    with locked(mode):
        told = readiness()
        assert (told["ready"], told["database"], told["disk"]) == (False, BUSY.sentence, "ok")
        assert browser.get("/health/live").content == browser.get("/healthz").content == b"ok"
        assert browser.get("/health/ready").json()["database"] == BUSY.sentence, "signed in or not"


@on_sqlite
@in_earnest
def test_readiness_names_a_database_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(database.settings_dict, "NAME", tmp_path / "gone" / "dailies.sqlite3")
    assert readiness()["database"] == AWAY.sentence


def test_the_page_of_an_outage_needs_no_database(rf) -> None:
    """Without the ``db`` fixture a query fails the test."""
    try:
        raise OperationalError("gone")
    except OperationalError:
        answer = failed(rf.get("/"))
    assert_unavailable_page(answer)


def assert_unavailable_page(answer) -> None:
    assert (answer.status_code, answer["Retry-After"]) == (503, "15")
    assert AWAY.sentence in answer.content.decode()
