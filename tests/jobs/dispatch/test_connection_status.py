"""How a connection stands, and what a person is told of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.connections.words import WORDS, told
from studio.catalog import register
from studio.catalog.connections import default_connection, note_trouble
from studio.catalog.models import Connection
from studio.contract.errors import InsufficientCredits, KeyRefused, NotSent, RateLimited
from studio.credits.balance import note_balance
from studio.jobs.dispatch import sending
from studio.jobs.dispatch.connection_status import StatusKind, connection_status
from studio.jobs.dispatch.hourly_quota import hourly_quota
from studio.jobs.lifecycle import machine
from studio.jobs.models import Attempt
from studio.jobs.sync import watching
from studio.upstream.secret import Secret
from tests.factories import a_job, a_member
from tests.must import must

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def connection(settings) -> Connection:
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "https://api.example.com", "key-of-the-settings"
    return default_connection()


def said(connection: Connection) -> tuple[str, str]:
    stands = connection_status(Connection.objects.get(pk=connection.pk))
    words = told(stands)
    return stands.kind.value, f"{words.sentence} {words.remedy}"


def test_a_connection_that_works_says_so(connection: Connection):
    assert said(connection) == ("working", "Clips are sent immediately. ")


def test_a_refused_key_waits_for_an_admin(connection: Connection):
    note_trouble(connection, KeyRefused("Invalid API key"))
    kind, sentence = said(connection)
    assert kind == "refused"
    assert ": Invalid API key. Clips wait. The key is retried every few minutes" in sentence


def test_out_of_credits_is_told_with_both_figures(connection: Connection):
    a_job("blocked")
    assert said(connection) == (
        "short",
        "A clip on hold needs 220 credits. 94 are available."
        " It resumes automatically once the account has enough credits.",
    )
    note_balance(connection.pk, 500, timezone.now())
    assert said(connection)[0] == "working"


def test_credits_that_nobody_told_are_not_made_up(connection: Connection):
    job = a_job("sending")
    machine.refuse(job.submission, InsufficientCredits("Insufficient credits", 220, None))
    assert "needs 220 credits. It resumes" in said(connection)[1]


def test_a_rate_limit_says_until_when_and_ends_by_itself(connection: Connection):
    until = timezone.now() + timedelta(minutes=3)
    Connection.objects.update(send_after=until)
    kind, sentence = said(connection)
    assert kind == "limited"
    assert f"until {timezone.localtime(until):%H:%M}" in sentence
    assert connection_status(
        Connection.objects.get(pk=connection.pk), until + timedelta(seconds=1)
    ).is_working


def test_a_429_is_one_trouble_of_the_connection(connection: Connection):
    job = a_job("sending")
    sending._settle(job.submission, RateLimited("Too many requests", 120), sending._write)
    assert said(connection)[0] == "limited"


def test_a_spent_hour_says_when_the_next_request_is_free(connection: Connection):
    Connection.objects.update(posts_per_hour=2)
    oldest, newer = NOW - timedelta(minutes=50), NOW - timedelta(minutes=10)
    for at in (oldest - timedelta(minutes=30), oldest, newer):
        Attempt.objects.create(submission=a_job().submission, connection=connection, number=9, at=at)
    connection.refresh_from_db()
    left = must(hourly_quota(connection, NOW))
    assert (left.used, left.allowed, left.free_at) == (2, 2, oldest + timedelta(hours=1))
    kind, sentence = said(connection)
    assert kind == "spent"
    assert sentence.startswith("All 2 requests allowed per hour are used. The next one is possible at ")
    assert must(hourly_quota(connection, NOW)).left == 0


def test_what_provably_never_left_does_not_count(connection: Connection):
    Connection.objects.update(posts_per_hour=1)
    job = a_job("sending")
    machine.put_back(job.submission, NotSent("It refused the connection."))
    connection.refresh_from_db()
    assert must(hourly_quota(connection)).used == 0
    assert said(connection)[0] == "working"


def test_an_unreachable_studio_says_since_when(connection: Connection):
    note_trouble(connection, NotSent("The Video Studio did not answer: it refused the connection."))
    kind, sentence = said(connection)
    assert kind == "unreachable"
    assert "Unreachable since" in sentence
    assert "it refused the connection. Dailies keeps trying" in sentence


def test_a_pause_names_who_made_it_and_stops_sending_only(connection: Connection):
    a_job()
    register.pause(connection, a_member("boss@example.com", name="The boss"))
    connection.refresh_from_db()
    assert said(connection)[0] == "paused"
    assert "Paused by The boss at" in said(connection)[1]
    assert sending.next_to_send(connection) is None
    register.resume(connection)
    connection.refresh_from_db()
    assert sending.next_to_send(connection) is not None


def test_a_restored_backup_is_told_first(connection: Connection):
    note_trouble(connection, KeyRefused("Invalid API key"))
    register.pause(connection, a_member())
    Connection.objects.update(held_since=timezone.now())
    kind, sentence = said(connection)
    assert kind == "held"
    assert "Sending resumes once the history shows that nothing is paid twice" in sentence


def test_a_key_that_is_gone_from_the_settings_is_missed(connection: Connection, settings):
    settings.STUDIO_BASE_URL = ""
    kind, sentence = said(connection)
    assert kind == "no_key"
    assert "The key is missing" in sentence


def test_a_key_that_cannot_be_opened_says_why():
    connection = register.add("Studio", "https://api.example.com", 24, Secret("a-key-of-some-length"))
    Connection.objects.filter(pk=connection.pk).update(sealed_key="gAAAAAspoilt")
    assert watching.read_history(Connection.objects.get(pk=connection.pk)) is None
    assert "cannot be read with this installation's encryption key" in said(connection)[1]


def test_the_sandbox_has_no_budget():
    sandbox = default_connection()
    assert hourly_quota(sandbox) is None
    assert connection_status(sandbox).is_working


def test_every_kind_has_its_words():
    assert set(WORDS) == set(StatusKind)


def test_asking_takes_few_queries(connection: Connection, django_assert_num_queries):
    with django_assert_num_queries(2):
        connection_status(connection)
    note_trouble(connection, KeyRefused("Invalid API key"))
    connection.refresh_from_db()
    with django_assert_num_queries(0):
        connection_status(connection)
