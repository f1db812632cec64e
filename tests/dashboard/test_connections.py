"""The Connections page, and where its troubles are told."""

import html
import logging
import os
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dashboard.connections.notices import connection_troubles
from dashboard.polls.pulse import Pulse
from dashboard.shared.words import clock_time
from studio import env
from studio.catalog import register, vault
from studio.catalog.connections import default_connection, make_default, note_trouble
from studio.catalog.models import Connection
from studio.contract.errors import KeyRefused
from studio.jobs.models import Attempt
from studio.upstream.secret import Secret
from studio.worker.models import Heartbeat
from tests.factories import a_job, a_member, a_model
from tests.must import must

pytestmark = pytest.mark.django_db
URL = "https://api.example.com"
KEY = "sk-live-0123456789-abcdef-wxyz"
HTMX = {"HX-Request": "true"}


def form(**changes: str) -> dict[str, str]:
    return {"name": "Studio A", "base_url": URL, "key": KEY, "posts_per_hour": "24", **changes}


def read(response) -> str:
    """The words of a page, without its markup."""
    words = re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode()))
    return re.sub(r"\s+", " ", words)


@pytest.fixture
def stored(db: None) -> Connection:
    return register.add("Studio A", URL, 24, Secret(KEY))


@pytest.fixture
def named(settings) -> Connection:
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "https://named.example.com", "key-of-the-settings"
    return default_connection()


def now_of(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


# ── Who ─────────────────────────────────────────────────────────────────────────────────────────────────
PATHS = ["test", "default", "pause", "resume", "remove"]


def test_for_members_there_are_no_connections(as_member: Client, stored: Connection):
    for path in ("", "add/", f"{stored.pk}/", f"{stored.pk}/card/"):
        assert as_member.get(f"/connections/{path}").status_code == 404
    for path in ("add/", f"{stored.pk}/", *(f"{stored.pk}/{path}/" for path in PATHS)):
        assert as_member.post(f"/connections/{path}", form(name="Taken over")).status_code == 404
    assert now_of(stored).name == "Studio A"
    assert "Connections" not in as_member.get("/jobs/").content.decode()


@pytest.mark.parametrize("path", ["", *(f"{path}/" for path in PATHS), "card/"])
def test_of_a_connection_that_is_none_nothing_is_found(as_admin: Client, path: str):
    method = as_admin.get if path in ("", "card/") else as_admin.post
    assert method(f"/connections/99/{path}").status_code == 404


# ── Adding and changing ─────────────────────────────────────────────────────────────────────────────────
def test_an_admin_adds_a_connection_and_it_is_tested(as_admin: Client):
    Heartbeat.beat("here")
    page = as_admin.post("/connections/add/", form(), follow=True)
    connection = Connection.objects.get(name="Studio A")
    assert page.redirect_chain == [(f"/connections/#connection-{connection.pk}", 302)]
    assert "Set, ends in …wxyz" in read(page)
    assert "Testing…" in read(page)
    assert f'hx-get="/connections/{connection.pk}/card/"' in page.content.decode()
    assert vault.unseal(connection.sealed_key, URL).reveal() == KEY


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"base_url": "nonsense"}, "must be an address such as https://api.example.com"),
        ({"base_url": "http://api.example.com"}, "It must start with https"),
        ({"key": "two words"}, "It has a space or a character that no key can have."),
        ({"key": ""}, "This field is required."),
        ({"posts_per_hour": "0"}, "greater than or equal to 1"),
        ({"name": " "}, "This field is required."),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(as_admin: Client, changes: dict[str, str], sentence: str):
    page = as_admin.post("/connections/add/", form(**changes))
    assert page.status_code == 422
    assert sentence in read(page)
    assert KEY not in page.content.decode()
    assert not Connection.objects.filter(kind="http").exists()


def test_without_an_encryption_key_no_key_is_kept(as_admin: Client, settings, tmp_path: Path):
    settings.ENCRYPTION_KEYS_FILE = tmp_path / "none"
    page = as_admin.post("/connections/add/", form())
    assert page.status_code == 422
    assert "encryption key cannot be read, so no API key can be kept" in read(page)


def test_a_new_address_demands_the_key_again(as_admin: Client, stored: Connection):
    page = as_admin.post(f"/connections/{stored.pk}/", form(base_url="https://evil.example.com", key=""))
    assert page.status_code == 422
    assert "Enter the key as well" in read(page)
    assert now_of(stored).base_url == URL
    as_admin.post(f"/connections/{stored.pk}/", form(base_url="https://new.example.com", key=KEY + "2"))
    assert vault.unseal(now_of(stored).sealed_key, "https://new.example.com").reveal() == KEY + "2"


def test_a_key_left_empty_stays(as_admin: Client, stored: Connection):
    before = stored.test_asked_at
    as_admin.post(f"/connections/{stored.pk}/", form(name="Renamed", key="", posts_per_hour="12"))
    after = now_of(stored)
    assert (after.name, after.posts_per_hour, after.sealed_key) == ("Renamed", 12, stored.sealed_key)
    assert Connection.objects.filter(pk=stored.pk, test_asked_at=now_of(stored).test_asked_at).exists()
    assert before is None or after.test_asked_at == before


def test_a_new_key_is_tested_by_itself(as_admin: Client, stored: Connection):
    Connection.objects.update(test_asked_at=None)
    as_admin.post(f"/connections/{stored.pk}/", form(key=KEY + "2"))
    assert now_of(stored).is_being_tested


def test_what_the_settings_hold_can_only_be_named_and_limited(as_admin: Client, named: Connection):
    page = as_admin.get(f"/connections/{named.pk}/").content.decode()
    assert 'name="base_url"' not in page
    assert 'name="key"' not in page
    as_admin.post(f"/connections/{named.pk}/", form(name="Ours", posts_per_hour="6"))
    after = now_of(named)
    assert (after.name, after.posts_per_hour) == ("Ours", 6)
    assert (after.base_url, after.sealed_key) == ("https://named.example.com", "")
    assert "From the settings" in read(as_admin.get("/connections/"))


# ── The key ─────────────────────────────────────────────────────────────────────────────────────────────
def test_the_key_is_on_no_page_in_no_log_no_dump_and_no_session(
    as_admin: Client, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    caplog.set_level(logging.DEBUG)
    said = [as_admin.post("/connections/add/", form(), follow=True)]
    connection = Connection.objects.get(name="Studio A")
    edit = f"/connections/{connection.pk}/"
    said += [as_admin.get(path) for path in ("/", "/connections/", edit, f"{edit}card/", "/history/")]
    said.append(as_admin.post(edit, form(name="")))
    assert all(KEY not in page.content.decode() for page in said)
    assert all(KEY not in str(page.headers) for page in said)
    call_command("dumpdata", output=str(tmp_path / "dump.json"), verbosity=0)
    assert "Studio A" in (dump := (tmp_path / "dump.json").read_text())
    assert KEY not in dump
    assert KEY not in str(dict(as_admin.session.items()))
    assert KEY not in caplog.text
    assert KEY not in "".join(str(vars(record)) for record in caplog.records)
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False).stdout
    assert KEY not in running
    assert KEY not in str(os.environ)


def test_with_the_wrong_encryption_key_every_page_works_and_says_why(
    as_admin: Client, stored: Connection, settings
):
    from studio.worker.loops import look_after

    make_default(stored)
    a_model(stored)
    settings.ENCRYPTION_KEYS = [env.new_encryption_key()]
    look_after(now_of(stored))
    for path in ("/", "/connections/", f"/connections/{stored.pk}/", "/jobs/", "/history/"):
        assert as_admin.get(path).status_code == 200
    page = read(as_admin.get("/connections/"))
    assert "The key cannot be read with this installation's encryption key" in page
    assert "Key refused" in page
    assert "Your clip will wait." in read(as_admin.get("/"))
    settings.ENCRYPTION_KEYS = []


# ── Testing ─────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_looks_again_until_the_test_is_over(as_admin: Client, stored: Connection):
    Heartbeat.beat("here")
    as_admin.post(f"/connections/{stored.pk}/test/")
    card = f"/connections/{stored.pk}/card/"
    assert 'hx-trigger="every 1s"' in as_admin.get(card, headers=HTMX).content.decode()
    Connection.objects.update(tested_at=timezone.now(), test_passed=True, test_result="It works: 3 models.")
    answer = as_admin.get(card, headers=HTMX)
    assert "It works: 3 models." in read(answer)
    assert "every 1s" not in answer.content.decode()


def test_without_a_worker_the_page_gives_up_and_says_so(as_admin: Client, stored: Connection):
    page = as_admin.get("/connections/")
    assert "The background worker is not running. It tests the connection when it starts." in read(page)
    assert "every 1s" not in page.content.decode()


def test_a_test_that_takes_too_long_is_not_waited_for(as_admin: Client, stored: Connection):
    Heartbeat.beat("here")
    Connection.objects.update(test_asked_at=timezone.now() - timedelta(minutes=5))
    assert "taking unusually long" in read(as_admin.get(f"/connections/{stored.pk}/card/"))


def test_what_has_no_key_is_not_tested(as_admin: Client):
    lost = Connection.objects.create(name="Lost", kind="http", base_url=URL)
    as_admin.post(f"/connections/{lost.pk}/test/")
    assert now_of(lost).test_asked_at is None
    assert "Enter a key" in read(as_admin.get("/connections/"))


# ── Default, pause, remove ──────────────────────────────────────────────────────────────────────────────
def test_an_admin_makes_one_the_default(as_admin: Client, stored: Connection):
    as_admin.post(f"/connections/{stored.pk}/default/")
    assert default_connection() == stored


def test_against_the_settings_no_other_becomes_the_default(
    as_admin: Client, stored: Connection, named: Connection
):
    page = as_admin.post(f"/connections/{stored.pk}/default/", follow=True)
    assert "Studio A cannot be the default." in read(page)
    assert default_connection() == named


def test_an_admin_pauses_and_resumes(as_admin: Client, stored: Connection):
    page = as_admin.post(f"/connections/{stored.pk}/pause/", follow=True)
    assert "Paused by Admin at" in read(page)
    assert not now_of(stored).lets_send
    as_admin.post(f"/connections/{stored.pk}/resume/")
    assert now_of(stored).lets_send


def test_one_that_made_nothing_can_be_removed(as_admin: Client, stored: Connection):
    a_model(stored)
    as_admin.post(f"/connections/{stored.pk}/remove/")
    assert not Connection.objects.filter(pk=stored.pk).exists()


def test_one_with_clips_on_record_stays(as_admin: Client, stored: Connection):
    make_default(stored)
    a_job()
    make_default(Connection.objects.create(name="Sandbox studio", kind="sandbox"))
    page = as_admin.post(f"/connections/{stored.pk}/remove/", follow=True)
    assert "has clips on record" in read(page)
    assert Connection.objects.filter(pk=stored.pk).exists()


def test_the_default_and_those_of_the_settings_stay(as_admin: Client, stored: Connection, named: Connection):
    assert "comes from the settings" in read(as_admin.post(f"/connections/{named.pk}/remove/", follow=True))
    make_default(stored)
    assert "is the default" in read(as_admin.post(f"/connections/{stored.pk}/remove/", follow=True))


# ── Where trouble is told ───────────────────────────────────────────────────────────────────────────────
def test_the_card_tells_the_hours_requests_and_when_the_next_is_free(as_admin: Client, stored: Connection):
    Connection.objects.filter(pk=stored.pk).update(posts_per_hour=2)
    make_default(stored)
    at = timezone.now() - timedelta(minutes=20)
    for number in (1, 2):
        Attempt.objects.create(submission=a_job().submission, connection=stored, number=number, at=at)
    page = read(as_admin.get("/connections/"))
    assert "2 of 2 in the last hour" in page
    assert f"next at {clock_time(at + timedelta(hours=1))}" in page  # tomorrow's, late in the evening
    assert "Your clip will wait. All 2 requests allowed per hour are used." in read(as_admin.get("/"))


def test_beside_the_button_stands_why_a_clip_will_wait(as_member: Client):
    model = a_model()
    assert "Your clip will wait" not in read(as_member.get("/"))
    note_trouble(model.connection, KeyRefused("Invalid API key"))
    page = as_member.get("/").content.decode()
    assert re.search(r'id="standing">\s*<p class="note"[^>]*>.*Your clip will wait\.', page, re.DOTALL)
    assert "/connections/" not in page


def test_however_many_clips_wait_there_is_one_trouble(stored: Connection):
    make_default(stored)
    for _ in range(3):
        a_job()
    note_trouble(stored, KeyRefused("Invalid API key"))
    ((connection, words),) = connection_troubles()
    assert (connection.name, words.label) == ("Studio A", "key refused")


def test_every_page_tells_it_and_open_ones_learn_of_it(as_member: Client, stored: Connection):
    make_default(stored)
    Heartbeat.beat("here")
    before = must(Pulse.read()).notices
    note_trouble(stored, KeyRefused("Invalid API key"))
    assert must(Pulse.read()).notices != before
    for path in ("/jobs/", "/history/", "/profile/"):
        assert "Studio A: The key has not worked since" in read(as_member.get(path))
    before = must(Pulse.read()).notices
    register.pause(stored, a_member())
    assert must(Pulse.read()).notices != before


def test_a_trouble_where_nothing_waits_concerns_nobody(stored: Connection):
    default_connection()
    note_trouble(stored, KeyRefused("Invalid API key"))
    assert list(connection_troubles()) == []


def test_looking_at_the_page_asks_no_studio(as_admin: Client, stored: Connection):
    """Every test runs without a way to the internet: an address that resolves to nothing would fail here."""
    make_default(stored)
    for path in ("/connections/", f"/connections/{stored.pk}/", f"/connections/{stored.pk}/card/"):
        assert as_admin.get(path).status_code == 200
    assert as_admin.post(f"/connections/{stored.pk}/test/").status_code == 302
