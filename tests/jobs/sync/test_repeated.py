"""After a restore, a request that is sent again may be one that the backup does not know, and that was paid for."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog import register
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, StudioModel
from studio.credits.models import SpendingRules
from studio.jobs.dispatch import sending
from studio.jobs.intents import issued_at, new_token
from studio.jobs.lifecycle import decisions, machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.matching import lost_requests
from studio.jobs.models import Job, Submission
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import repeated, restored, watching
from studio.upstream.secret import Secret
from tests.factories import a_job, a_manager, a_member, a_request
from tests.must import must
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db
BACKUP, RESTORE = timedelta(hours=3), timedelta(hours=1)  # ago


def ask(connection: Connection, token: UUID | None = None, **changes) -> Job:
    """Under a key, unless told."""
    model = StudioModel.objects.get(connection=connection, slug="veo31_fast")
    return submit(Intent(a_member(), model, a_request(**changes), token or uuid4()))[0]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def work(connection: Connection) -> None:
    """One turn of what looks after it, a minute after the one before."""
    cache.clear()
    for step in (restored.check_restored, repeated.check_repeated, sending.send_next):
        step(Connection.objects.get(pk=connection.pk))


@pytest.fixture
def after_a_restore(connection: Connection, video_studio: FakeStudio) -> FakeStudio:
    """Of a backup of three hours ago, an hour ago; its hold is over, and the history begins before it."""
    now = timezone.now()
    made(video_studio, "an old clip", timedelta(days=1))
    Connection.objects.update(restored_from=now - BACKUP, restored_at=now - RESTORE)
    return video_studio


def made(studio: FakeStudio, prompt: str, ago: timedelta = timedelta(hours=2)):
    job = studio.account.made_elsewhere(prompt=prompt, duration_seconds=8)
    job.created_at -= ago
    return job


@pytest.fixture(autouse=True)
def at_once(monkeypatch, db) -> None:
    cache.clear()
    for room, name in (
        (lost_requests, "LINK_AFTER"),
        (repeated, "READINGS_APART"),
        (restored, "READINGS_APART"),
    ):
        monkeypatch.setattr(room, name, timedelta(0))


def prompts_sent(studio: FakeStudio) -> list[str]:
    return [call.body["prompt"] for call in studio.calls("POST")]


def test_what_was_paid_before_the_restore_is_found_and_answered(connection, after_a_restore: FakeStudio):
    paid = made(after_a_restore, a_request().prompt)
    job = ask(connection)
    assert (job.state, job.error[:25]) == ("unknown", "A backup was restored. Th")
    work(connection)
    assert fresh(job).upstream_id == paid.job_id
    made_before = timezone.now() - fresh(job).accepted_at
    assert abs(made_before - timedelta(hours=2)) < timedelta(minutes=5), (
        "or times of other clips would be wrong"
    )
    assert prompts_sent(after_a_restore) == []


def test_what_two_readings_of_a_whole_history_do_not_show_is_sent_once(
    connection, after_a_restore: FakeStudio
):
    made(after_a_restore, "something else")
    job = ask(connection)
    work(connection)
    assert (fresh(job).state, prompts_sent(after_a_restore)) == ("unknown", [])
    work(connection)
    assert prompts_sent(after_a_restore) == [job.prompt]
    another = ask(connection, prompt="the next, with the proof at hand")
    work(connection)
    assert prompts_sent(after_a_restore) == [job.prompt, another.prompt]


def test_what_was_made_before_the_backup_or_after_the_restore_is_not_taken_for_it(
    connection, after_a_restore: FakeStudio
):
    for ago in (timedelta(hours=6), timedelta(minutes=30)):
        made(after_a_restore, a_request().prompt, ago)
    job = ask(connection)
    for _ in range(2):
        work(connection)
    assert prompts_sent(after_a_restore) == [job.prompt]


@pytest.mark.parametrize("why", ["two fit", "it does not reach back", "it cannot be read"])
def test_without_proof_it_is_checked_until_a_person_decides_and_never_sent_blindly(
    connection, after_a_restore: FakeStudio, why
):
    if why == "two fit":
        for _ in range(2):
            made(after_a_restore, a_request().prompt)
    elif why == "it does not reach back":
        after_a_restore.account.jobs.clear()
        made(after_a_restore, "made since the backup")
    job = ask(connection)
    if why == "it cannot be read":
        after_a_restore.fault("500", times=100, on="GET /api/v1/video-studio/history/")
    for _ in range(4):
        work(connection)
    assert (fresh(job).state, prompts_sent(after_a_restore)) == ("unknown", [])
    with time_machine.travel(timezone.now() + lost_requests.ASK_UNREAD_AFTER + timedelta(minutes=1)):
        watching.read_history(fresh(connection))
        work(connection)
        assert (fresh(job).state, prompts_sent(after_a_restore)) == ("attention", [])
        decisions.resend(fresh(job).submission, a_manager())
        assert fresh(job).submission.doubt_from is None
        work(connection)
    assert prompts_sent(after_a_restore) == [job.prompt]


def test_a_lost_answer_is_never_cleared_by_a_history_that_does_not_show_it(
    connection, after_a_restore: FakeStudio
):
    """That rule is for requests that may never have been sent at all."""
    job = ask(connection)
    for _ in range(2):
        after_a_restore.fault("reset-before-read", on="POST")
        work(connection)
    assert (fresh(job).state, fresh(job).submission.attempt) == ("unknown", 1)
    for _ in range(3):
        work(connection)
    assert fresh(job).state == "unknown"
    with pytest.raises(Moved):
        machine.clear(fresh(job).submission)


def test_a_form_that_was_opened_since_the_restore_waits_for_nothing(connection, after_a_restore: FakeStudio):
    made(after_a_restore, a_request().prompt)
    job = ask(connection, new_token())
    assert job.state == "queued"
    with time_machine.travel(timezone.now() - RESTORE - timedelta(minutes=1)):
        old = new_token()
    assert ask(connection, old).state == "unknown"


def test_the_window_ends_when_every_older_key_is_forgotten(connection, after_a_restore: FakeStudio):
    with time_machine.travel(timezone.now() + repeated.KEYS_LAST - RESTORE - timedelta(minutes=1)):
        assert ask(connection).state == "unknown"
    with time_machine.travel(timezone.now() + repeated.KEYS_LAST - RESTORE + timedelta(minutes=1)):
        assert ask(connection, prompt="another").state == "queued"


def test_what_is_repeated_while_the_hold_lasts_is_looked_for_as_well(connection, video_studio: FakeStudio):
    now = timezone.now()
    made(video_studio, "an old clip", timedelta(days=1))
    paid = made(video_studio, a_request().prompt)
    Connection.objects.update(held_from=now - BACKUP, held_since=now - RESTORE)
    job = ask(fresh(connection))
    for _ in range(2):
        work(connection)
    assert fresh(job).upstream_id == paid.job_id
    assert prompts_sent(video_studio) == []


@pytest.mark.parametrize("is_waiting_in_backup", [True, False])
def test_what_is_approved_after_a_restore_may_have_been_approved_and_paid_before(
    connection, video_studio: FakeStudio, is_waiting_in_backup
):
    now = timezone.now()
    made(video_studio, "an old clip", timedelta(days=1))
    paid = made(video_studio, a_request().prompt)
    SpendingRules.objects.create(pk=1, approve_from=1)
    held = {"held_from": now - BACKUP, "held_since": now - RESTORE}
    if is_waiting_in_backup:
        job = ask(connection)
        Submission.objects.update(created_at=now - BACKUP - timedelta(minutes=1))
        Connection.objects.update(**held)
        work(connection)
    else:
        Connection.objects.update(restored_from=now - BACKUP, restored_at=now - RESTORE)
        job = ask(connection)
    assert job.state == "approval"
    assert fresh(connection).held_since is None
    decisions.approve(fresh(job).submission, a_manager())
    assert fresh(job).state == "unknown"
    work(connection)
    assert fresh(job).upstream_id == paid.job_id
    assert prompts_sent(video_studio) == []


def test_a_connection_that_was_added_since_the_restore_may_have_been_there_before(
    connection, after_a_restore: FakeStudio
):
    other = register.add("Again", "https://studio.example.com", 24, Secret("a-key-of-theirs"))
    assert repeated.may_be_forgotten(other, uuid4()) == repeated.forgotten(connection)


def test_the_sandbox_went_back_with_the_database(db):
    sandbox = default_connection()
    Connection.objects.update(restored_from=timezone.now() - BACKUP, restored_at=timezone.now() - RESTORE)
    assert sandbox.is_sandbox
    assert a_job().state == "queued"


def test_without_a_restore_nothing_is_compared(connection, video_studio: FakeStudio):
    assert ask(connection).state == "queued"
    assert not repeated.is_checking()
    assert not repeated.check_repeated(connection)
    assert video_studio.calls("GET", "/history/") == []


def test_a_second_restore_does_not_shorten_what_the_first_one_covers(connection, after_a_restore: FakeStudio):
    now = timezone.now()
    Connection.objects.update(held_from=now - timedelta(minutes=5), held_since=now)
    restored.check_restored(fresh(connection))
    span = must(repeated.forgotten(fresh(connection)))
    assert now - span.since >= BACKUP - timedelta(minutes=1)
    assert span.until == now


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))
def test_a_token_tells_when_it_was_issued_and_is_a_version_7(moment: datetime):
    moment = moment.replace(tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        first, second = new_token(), new_token()
    assert first != second
    assert UUID(str(first)).version == 7
    assert first.variant == uuid4().variant
    with time_machine.travel(moment + timedelta(seconds=1), tick=False):
        assert abs(must(issued_at(first)) - moment) < timedelta(milliseconds=2)


def test_an_idempotency_key_tells_nothing_of_its_age():
    assert issued_at(uuid4()) is None
