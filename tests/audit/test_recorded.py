"""What people decide is on record, in the transaction of the change; what Dailies does by itself is not."""

import threading
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from studio.audit.log import record
from studio.audit.models import Entry
from studio.audit.verify import walk
from studio.catalog import register
from studio.catalog.models import Connection
from studio.jobs import submit
from studio.jobs.lifecycle import decisions, machine
from studio.team.models import Member
from studio.upstream.secret import Secret
from studio.worker.loops import Loop
from studio.worker.running import run
from tests.factories import a_job, a_model, a_request
from tests.must import must

pytestmark = pytest.mark.django_db
KEY = "sk-0123456789-secret"
STUDIO = {"name": "Studio A", "base_url": "https://api.example.com", "posts_per_hour": "24"}


@pytest.fixture
def connection(db: None) -> Connection:
    return register.add("Studio A", STUDIO["base_url"], 24, Secret(KEY))


def last() -> Entry:
    walk()
    return must(Entry.objects.first())


# ── Connections ─────────────────────────────────────────────────────────────────────────────────────────
def test_an_added_connection_is_told_without_its_key(as_admin: Client, admin: Member) -> None:
    as_admin.post("/connections/add/", {**STUDIO, "key": KEY}, REMOTE_ADDR="192.0.2.7")
    entry, made = last(), Connection.objects.get(name="Studio A")
    assert (entry.action, entry.by, entry.about) == ("connection.added", admin, f"connection:{made.pk}")
    assert entry.detail == {"name": "Studio A", "address": STUDIO["base_url"], "requests_an_hour": 24}
    assert entry.address == "192.0.2.7"


@pytest.mark.parametrize(
    ("path", "form", "action"),
    [
        ("", {**STUDIO, "posts_per_hour": "12"}, "connection.changed"),
        ("", {**STUDIO, "key": f"{KEY}-2"}, "connection.key_replaced"),
        ("test/", {}, "connection.test_asked"),
        ("default/", {}, "connection.made_default"),
        ("pause/", {}, "connection.paused"),
        ("remove/", {}, "connection.removed"),
        ("", STUDIO, "connection.added"),  # nothing was changed: nothing more is told
        ("resume/", {}, "connection.added"),  # it was not paused
    ],
)
def test_what_an_admin_does_to_a_connection_is_told(as_admin, connection, path, form, action) -> None:
    as_admin.post(f"/connections/{connection.pk}/{path}", form)
    assert (last().action, last().about) == (action, f"connection:{connection.pk}")
    assert not any(KEY[-4:] in str(entry.detail) for entry in Entry.objects.all())


def test_a_change_tells_what_was_and_what_is(as_admin: Client, connection: Connection) -> None:
    as_admin.post(f"/connections/{connection.pk}/", {**STUDIO, "name": "Brand films", "posts_per_hour": "12"})
    assert last().detail == {
        "before": {"name": "Studio A", "posts_per_hour": 24},
        "after": {"name": "Brand films", "posts_per_hour": 12},
    }
    page = as_admin.get("/audit/").content.decode()
    assert "name: Studio A; posts per hour: 24" in page


def test_a_connection_that_goes_on_is_told(as_admin, admin, connection) -> None:
    register.pause(connection, admin)
    as_admin.post(f"/connections/{connection.pk}/resume/")
    assert last().action == "connection.resumed"
    Connection.objects.filter(pk=connection.pk).update(held_since=timezone.now(), held_from=timezone.now())
    as_admin.post(f"/attention/held/{connection.pk}/")
    assert (last().action, last().by) == ("connection.released", admin)


# ── Clips ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_form_is_one_entry_and_sent_twice_none_more(member: Member) -> None:
    model = a_model()
    intent = submit.Intent(member, model, a_request(prompt="something private"), uuid4(), variations=3)
    first = submit.submit(intent)[0]
    submit.submit(intent)
    entry = Entry.objects.get(action="clip.asked")
    assert (entry.by, entry.about) == (member, f"job:{first.pk}")
    assert entry.detail == {"model": "veo31_fast", "credits": 300, "variations": 3}


CHOICES = [
    ("queued", "/jobs/{}/cancel/", {}, "clip.cancelled"),
    ("blocked", "/jobs/{}/try-again/", {}, "clip.tried_again"),
    ("pending", "/jobs/{}/stop/", {}, "clip.stopped"),
    ("lost", "/jobs/{}/copy-again/", {}, "clip.copy_asked"),
    ("lost", "/jobs/{}/address/", {"url": "https://cdn.example.com/a.mp4"}, "clip.address_given"),
    ("unclear", "/jobs/{}/address/", {"url": "https://cdn.example.com/a.mp4"}, "clip.address_given"),
    ("unclear", "/jobs/{}/failed/", {}, "clip.marked_failed"),
    ("attention", "/attention/{}/send-again/", {"attempt": "1"}, "clip.sent_again"),
    ("attention", "/attention/{}/drop/", {"attempt": "1"}, "clip.dropped"),
]


@pytest.mark.parametrize(("state", "path", "form", "action"), CHOICES)
def test_what_a_person_decides_about_a_clip_is_told_once(as_admin, admin, state, path, form, action) -> None:
    job = a_job(state)
    for _ in range(2):  # the second comes too late
        as_admin.post(path.format(job.pk), form)
    (entry,) = Entry.objects.filter(action=action)
    assert (entry.by, entry.about, last()) == (admin, f"job:{job.pk}", entry)


def test_a_clip_that_was_recognised_is_told(member: Member) -> None:
    job = a_job("attention")
    decisions.settle_as(job.submission, "found-1", member)
    assert (last().action, last().about) == ("clip.settled", f"job:{job.pk}")
    assert last().detail == {"studio_job": "found-1"}


def test_what_goes_on_by_itself_is_not_told() -> None:
    job = a_job("blocked")
    machine.unblock(job.submission, "The balance rose.")
    assert [entry.action for entry in Entry.objects.all()] == ["clip.asked"]


# ── Upkeep ──────────────────────────────────────────────────────────────────────────────────────────────
def test_new_encryption_keys_are_told(connection: Connection, settings, tmp_path) -> None:
    keys = settings.ENCRYPTION_KEYS_FILE.read_text()
    settings.ENCRYPTION_KEYS_FILE = tmp_path / "connection_keys"
    settings.ENCRYPTION_KEYS_FILE.write_text(keys)
    call_command("rotate-keys", stdout=StringIO())
    assert last().action == "encryption_key.rotated"
    assert last().detail == {"forgot_old": False, "left_as_they_were": 0}


# ── The worker ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_what_the_worker_does_by_itself_comes_from_it() -> None:
    stop = threading.Event()

    def note() -> None:
        record("model.withdrawn", by=None)
        stop.set()

    run(stop, [Loop("note", note, 1)])
    assert (last().by, last().agent) == (None, "worker")
