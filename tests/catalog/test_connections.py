"""Which connection is the default, whose key is at hand, and what is noted of each."""

import io
import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from studio import env
from studio.catalog import register
from studio.catalog.connections import (
    clear_trouble,
    default_connection,
    engine_for,
    has_key,
    make_default,
    note_answer,
    note_refusal,
    note_trouble,
    usable_connections,
)
from studio.catalog.models import Connection
from studio.contract.errors import Forbidden, KeyRefused, StudioError, Unavailable
from studio.upstream.secret import Secret
from tests.upstream.fixtures import (
    hang_up,
    video_studio,  # noqa: F401
)
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db
URL = "https://api.example.com"
KEY = "sk-live-0123456789-abcdef-wxyz"


def added(name: str = "Studio", url: str = URL, key: str = KEY) -> Connection:
    return register.add(name, url, 24, Secret(key))


def now_of(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


@pytest.fixture
def named(settings) -> str:
    """The address that the settings name."""
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "https://named.example.com", "key-of-the-settings"
    return settings.STUDIO_BASE_URL


# ── The default ─────────────────────────────────────────────────────────────────────────────────────────
def test_without_anything_the_sandbox_is_the_default():
    assert default_connection().is_sandbox


def test_the_one_that_an_admin_chose_is_the_default():
    connection = added()
    assert default_connection().is_sandbox
    make_default(connection)
    assert default_connection() == connection


def test_the_settings_win_over_an_admins_choice(named: str):
    make_default(added())
    assert default_connection().base_url == named
    assert Connection.objects.get(is_default=True).base_url == named


def test_when_the_settings_name_no_studio_any_more_the_sandbox_takes_over(named: str, settings):
    before = default_connection()
    settings.STUDIO_BASE_URL = settings.STUDIO_API_KEY = ""
    assert default_connection().is_sandbox
    assert before not in usable_connections()


def test_what_the_settings_named_once_can_be_given_a_key(named: str, settings):
    connection = default_connection()
    settings.STUDIO_BASE_URL = settings.STUDIO_API_KEY = ""
    register.change(connection, name="Studio", posts_per_hour=24, key=Secret(KEY))
    assert now_of(connection) in usable_connections()


def test_two_accounts_of_one_api_are_two_connections(named: str):
    added("One")
    added("Two")
    default_connection()
    assert Connection.objects.filter(base_url=URL).count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Connection.objects.create(name="Again", kind="http", base_url=named)


def test_a_connection_without_a_key_reaches_no_engine(named: str):
    """The key of the settings goes to the address of the settings only."""
    other = Connection.objects.create(name="Other", kind="http", base_url=URL)
    assert not has_key(other)
    with pytest.raises(KeyRefused, match="no longer available"):
        engine_for(other)


# ── The engine ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def stored(settings, video_studio: FakeStudio) -> Iterator[Connection]:  # noqa: F811
    settings.STUDIO_ALLOWED_HOSTS = [video_studio.host]
    connection = added(url=video_studio.url, key=video_studio.key)
    yield connection
    hang_up(engine_for(now_of(connection)))


def test_a_stored_key_is_sent_to_its_address(stored: Connection, video_studio: FakeStudio):  # noqa: F811
    assert engine_for(stored).models().capabilities
    assert {call.auth for call in video_studio.log} == {f"Bearer {video_studio.key}"}


def test_a_replaced_key_is_used_by_a_process_that_knew_the_old_one(
    stored: Connection,
    video_studio: FakeStudio,  # noqa: F811
):
    first = engine_for(stored)
    assert engine_for(now_of(stored)) is first
    video_studio.key = "another-key-5f0c9d7e31"
    register.change(stored, name="Studio", posts_per_hour=24, key=Secret(video_studio.key))
    assert engine_for(now_of(stored)).models().capabilities
    hang_up(first)


def test_with_a_wrong_encryption_key_nothing_is_sent(
    stored: Connection,
    video_studio: FakeStudio,  # noqa: F811
    settings,
):
    settings.ENCRYPTION_KEYS = [env.new_encryption_key()]
    with pytest.raises(KeyRefused, match="cannot be read with this installation's encryption key"):
        engine_for(stored)
    settings.ENCRYPTION_KEYS = []
    assert video_studio.log == []


def test_an_address_from_a_page_must_be_public_or_named(stored: Connection, settings, video_studio):  # noqa: F811
    settings.STUDIO_ALLOWED_HOSTS = []
    with pytest.raises(StudioError, match="nor among STUDIO_ALLOWED_HOSTS"):
        engine_for(stored).models()
    assert video_studio.log == []


def test_no_exception_on_the_way_to_an_engine_holds_the_key(stored: Connection, settings):
    Connection.objects.filter(pk=stored.pk).update(base_url="https://moved.example.com")
    with pytest.raises(KeyRefused) as refused:
        engine_for(now_of(stored))
    told = io.StringIO()
    trace = traceback.TracebackException.from_exception(refused.value)
    told.write("".join(trace.format()) + repr(vars(refused.value)))
    assert "test-key" not in told.getvalue()
    Connection.objects.filter(pk=stored.pk).update(base_url=stored.base_url)


# ── What an admin may do ────────────────────────────────────────────────────────────────────────────────
def test_another_address_demands_the_key_again():
    connection = added()
    with pytest.raises(register.NotPossible, match="Enter the key as well"):
        register.change(connection, name="Studio", posts_per_hour=24, base_url="https://evil.example.com")
    assert now_of(connection).base_url == URL


def test_what_the_settings_hold_is_not_changed(named: str):
    connection = default_connection()
    for change in ({"base_url": URL, "key": Secret(KEY)}, {"key": Secret(KEY)}):
        with pytest.raises(register.NotPossible, match="come from the settings"):
            register.change(connection, name="Studio", posts_per_hour=24, **change)
    register.change(connection, name="Ours", posts_per_hour=12)
    assert (now_of(connection).name, now_of(connection).posts_per_hour) == ("Ours", 12)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("api.example.com", "must be an address such as"),
        ("https://key@api.example.com", "must not hold a user"),
        ("http://api.example.com", "It must start with https"),
        ("http://[half", "is not an address"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(word: str, sentence: str):
    with pytest.raises(register.NotPossible, match=sentence):
        register.usable_address(word)


def test_plain_http_is_for_hosts_that_the_settings_name(settings):
    settings.STUDIO_ALLOWED_HOSTS = ["127.0.0.1:8100"]
    assert register.usable_address("http://127.0.0.1:8100/") == "http://127.0.0.1:8100"
    with pytest.raises(register.NotPossible):
        register.usable_address("http://127.0.0.1:8200")


# ── What is noted ───────────────────────────────────────────────────────────────────────────────────────
def test_a_refused_read_is_over_with_the_next_good_one():
    connection = added()
    note_trouble(connection, KeyRefused("Invalid API key"))
    assert now_of(connection).state == "paused"
    note_answer(connection)
    assert now_of(connection).is_working


def test_a_refused_key_is_tried_again_after_30_s_and_then_ever_more_rarely():
    connection = added()
    began = timezone.now()
    for after, pause in ((0, 30), (30, 30), (60, 60), (120, 120), (240, 240), (480, 300), (5_000, 300)):
        with time_machine.travel(began + timedelta(seconds=after), tick=False):
            note_trouble(connection, KeyRefused("Invalid API key"))
            assert now_of(connection).key_retry_at - timezone.now() == timedelta(seconds=pause)
    assert now_of(connection).state_since == began
    note_answer(connection)
    assert now_of(connection).key_retry_at is None


def test_a_read_that_fails_while_the_key_is_refused_moves_the_next_one():
    connection = added()
    began = timezone.now()
    for after, error in ((0, KeyRefused("Invalid API key")), (60, Unavailable("It did not answer."))):
        with time_machine.travel(began + timedelta(seconds=after), tick=False):
            note_trouble(connection, error)
    assert now_of(connection).key_retry_at == began + timedelta(seconds=120)


@pytest.mark.parametrize("kind", [KeyRefused, Forbidden])
@pytest.mark.parametrize(
    ("answers", "state"),
    [([], "working"), (["401"], "paused"), (["403"], "paused"), (["500"] * 3, "unreachable")],
)
def test_one_read_decides_whether_a_refusal_is_about_the_key(settings, video_studio, kind, answers, state):  # noqa: F811
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = video_studio.url, video_studio.key
    connection = default_connection()
    for answer in answers:
        video_studio.fault(answer, on="GET")
    note_refusal(connection, kind("Not allowed"))
    assert now_of(connection).state == state
    assert [call.path for call in video_studio.log] == ["/api/v1/video-studio/history/"] * max(
        len(answers), 1
    )


def test_a_refusal_during_a_pause_reads_nothing(settings, video_studio: FakeStudio):  # noqa: F811
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = video_studio.url, video_studio.key
    connection = default_connection()
    note_trouble(connection, KeyRefused("Invalid API key"))
    note_refusal(connection, KeyRefused("Invalid API key"))
    assert video_studio.log == []
    assert now_of(connection).state == "paused"


def test_a_late_refusal_of_the_old_key_says_nothing_of_the_new_one():
    read_before = added()
    register.change(read_before, name="Studio", posts_per_hour=24, key=Secret(KEY + "2"))
    note_trouble(read_before, KeyRefused("Invalid API key"))
    assert now_of(read_before).is_working
    note_trouble(now_of(read_before), KeyRefused("Invalid API key"))
    clear_trouble(read_before)
    assert not now_of(read_before).is_working


def test_an_unreachable_studio_does_not_hide_a_refused_key():
    connection = added()
    note_trouble(connection, KeyRefused("Invalid API key"))
    note_trouble(connection, Unavailable("The Video Studio did not answer."))
    assert now_of(connection).state == "paused"
