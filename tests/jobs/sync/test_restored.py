"""An old backup revives requests that were sent since: the queue is held until the history tells."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, StudioModel
from studio.jobs.dispatch import sending
from studio.jobs.intents import new_token
from studio.jobs.matching import lost_requests
from studio.jobs.models import Event, Job, Submission
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import restored, watching
from studio.team.models import Member
from tests.factories import a_job, a_member, a_request
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db
NOW = timedelta(0)


def ask(connection: Connection, token: UUID | None = None, **changes) -> Job:
    model = StudioModel.objects.get(connection=connection, slug="veo31_fast")
    return submit(Intent(a_member(), model, a_request(**changes), token or uuid4()))[0]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def held(connection: Connection, taken: timedelta = timedelta(minutes=1)) -> Connection:
    """As if a backup that was taken so long ago had just been restored."""
    now = timezone.now()
    Submission.objects.filter(created_at__gt=now - taken).update(created_at=now - taken)
    connection.held_since, connection.held_from = now, now - taken
    connection.save()
    return connection


def check(connection: Connection) -> bool:
    return restored.check_restored(Connection.objects.get(pk=connection.pk))


@pytest.fixture
def old_clip(video_studio: FakeStudio) -> None:
    """The account's history begins before every backup of these tests."""
    job = video_studio.account.made_elsewhere(prompt="an old clip")
    job.created_at -= timedelta(days=1)


@pytest.fixture
def at_once(monkeypatch):
    """As if every wait were over."""
    monkeypatch.setattr(restored, "READINGS_APART", NOW)
    monkeypatch.setattr(lost_requests, "LINK_AFTER", NOW)
    monkeypatch.setattr(lost_requests, "ASK_AFTER", NOW)


def test_while_held_nothing_is_sent(connection, video_studio: FakeStudio):
    ask(connection)
    held(connection)
    assert not sending.send_next(connection)
    assert video_studio.calls("POST") == []


def test_what_was_sent_since_the_backup_is_found_and_not_paid_again(
    connection, video_studio, old_clip, at_once
):
    job, other = ask(connection), ask(connection, prompt="another clip")
    sent = video_studio.account.made_elsewhere(prompt=job.prompt, duration_seconds=8)
    held(connection)
    assert not check(connection)
    assert (fresh(job).state, fresh(other).state) == ("unknown", "queued")
    watching.read_history(connection)
    assert fresh(job).upstream_id == sent.job_id
    assert not check(connection)
    assert check(connection)
    assert sending.send_next(fresh(connection))
    assert [call.body["prompt"] for call in video_studio.calls("POST")] == ["another clip"]
    assert Event.objects.get(job=other, what="released").detail.startswith("The studio's history shows")


def test_a_blocked_request_may_have_been_sent_since_as_well(connection, video_studio, old_clip):
    job = ask(connection)
    Submission.objects.update(state="blocked")
    Job.objects.update(state="blocked")
    video_studio.account.made_elsewhere(prompt=job.prompt, duration_seconds=8)
    held(connection)
    check(connection)
    assert fresh(job).state == "unknown"


@pytest.mark.parametrize("skew", [timedelta(minutes=10), timedelta(minutes=-10)])
def test_a_clock_that_is_wrong_hides_nothing(connection, video_studio, old_clip, at_once, skew):
    video_studio.account.skew = skew
    job = ask(connection)
    sent = video_studio.account.made_elsewhere(prompt=job.prompt, duration_seconds=8)
    held(connection)
    check(connection)
    watching.read_history(Connection.objects.get(pk=connection.pk))
    assert fresh(job).upstream_id == sent.job_id


def test_a_clip_made_before_the_backup_is_not_taken_for_the_request(
    connection, video_studio, old_clip, at_once
):
    job = ask(connection)
    clip = video_studio.account.made_elsewhere(prompt=job.prompt, duration_seconds=8)
    clip.created_at -= timedelta(hours=1)
    held(connection)
    assert not check(connection)
    assert check(connection)
    assert fresh(job).state == "queued"


def test_two_of_the_same_and_one_clip_are_for_a_person(connection, video_studio, old_clip, at_once):
    jobs = [ask(connection), ask(connection)]
    video_studio.account.made_elsewhere(prompt=jobs[0].prompt, duration_seconds=8)
    held(connection)
    check(connection)
    watching.read_history(connection)
    assert [fresh(job).state for job in jobs] == ["attention", "attention"]
    assert not check(connection)
    assert not check(connection)
    assert not sending.send_next(fresh(connection))


def test_one_reading_is_no_proof(connection, video_studio, old_clip):
    ask(connection)
    held(connection)
    assert not check(connection)
    read = len(video_studio.calls("GET", "/history/"))
    assert not check(connection)
    assert len(video_studio.calls("GET", "/history/")) == read


def test_a_history_that_does_not_reach_back_is_no_proof_and_an_admin_decides(
    connection, video_studio, at_once, admin: Member
):
    job = ask(connection)
    video_studio.account.made_elsewhere(prompt="made since")
    held(connection)
    assert not any(check(connection) for _ in range(3))
    assert restored.release_hold(fresh(connection), admin)
    assert not restored.release_hold(fresh(connection), admin)
    assert Event.objects.get(job=job, what="released").person == admin
    assert sending.send_next(fresh(connection))


@pytest.mark.parametrize("fault", ["500", "html-200", "half-body"])
def test_a_history_that_cannot_be_read_is_no_proof(connection, video_studio, old_clip, at_once, fault):
    ask(connection)
    held(connection)
    video_studio.fault(fault, times=20, on="GET /api/v1/video-studio/history/")
    assert not any(check(connection) for _ in range(2))
    assert fresh(connection).held_since


def test_with_nothing_waiting_the_hold_ends_at_once(connection, video_studio: FakeStudio):
    held(connection)
    later = timezone.now() + timedelta(minutes=1)
    with time_machine.travel(later):
        # Asked for in a form of after the restore: it cannot have been sent before.
        ask(connection, token=new_token())
        assert check(connection)
    assert sending.send_next(fresh(connection))


def test_the_sandbox_went_back_with_the_database_and_proves_it_itself(db, at_once):
    job = a_job()
    sandbox = held(default_connection())
    assert not sending.send_next(sandbox)
    assert not check(sandbox)
    assert check(sandbox)
    assert sending.send_next(fresh(sandbox))
    assert fresh(job).state == "pending"


@pytest.fixture(autouse=True)
def _no_memory(db) -> None:
    cache.clear()
