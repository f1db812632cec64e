"""Why a request waits: the one thing that really holds it back, in the order in which sending holds back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.contract.errors import InsufficientCredits
from studio.credits.balance import note_balance
from studio.jobs.dispatch import sending
from studio.jobs.dispatch.connection_status import StatusKind
from studio.jobs.dispatch.waiting import Cause, Waiting, why_all_wait, why_waiting
from studio.jobs.lifecycle import machine
from studio.jobs.models import Attempt, Job, Submission
from tests.factories import a_job, a_member, altered, fresh

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=20)


@pytest.fixture
def studio(settings: Any) -> Connection:
    """One with a key and an hourly quota, which the sandbox has not."""
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "https://api.example.com", "key-of-the-settings"
    return default_connection()


def why(job: Job) -> Waiting | None:
    """As its page has it; the lists must say the same."""
    reason = why_waiting(fresh(job))
    assert why_all_wait([job.pk]).get(job.pk) == reason
    return reason


def cause(job: Job) -> Cause | None:
    found = why(job)
    return found.cause if found else None


def another_studio(**fields: object) -> Connection:
    return Connection.objects.create(
        name="Other", kind=Connection.Kind.HTTP, base_url="https://other.example.com", **fields
    )


def change(job: Job, **fields: object) -> None:
    Connection.objects.filter(pk=job.connection_id).update(**fields)


def pause(job: Job, seconds: float) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    Submission.objects.filter(pk=job.submission_id).update(send_after=until)


# ── One cause each ───────────────────────────────────────────────────────────────────────────────────────
def test_what_is_about_to_be_sent_waits_for_nothing() -> None:
    job = a_job()
    assert why(job) is None
    assert sending.next_to_send(job.connection) == job.submission


@pytest.mark.parametrize("state", ["approval", "sending", "unknown", "blocked", "pending", "completed"])
def test_only_what_is_queued_waits(state: str) -> None:
    job = a_job(state)
    change(job, paused_since=timezone.now())
    assert why(job) is None


def test_an_equal_request_in_doubt_is_named() -> None:
    first, twin, other = a_job("unknown"), a_job(), a_job(prompt="something else")
    waits = why(twin)
    assert waits == Waiting(Cause.TWIN, twin=first.pk)
    assert why(other) is None


def test_an_equal_request_at_another_connection_holds_nothing_back() -> None:
    first, twin = a_job("unknown"), a_job()
    other = another_studio()
    Submission.objects.filter(pk=first.submission_id).update(connection=other)
    assert why(twin) is None


def test_a_pause_of_its_own_says_until_when_and_ends() -> None:
    job = a_job()
    pause(job, 1_200)
    waits = why(job)
    assert waits == Waiting(Cause.PAUSE, fresh(job).submission.send_after)
    pause(job, -1)
    assert why(job) is None


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"held_since": timezone.now()}, StatusKind.HELD),
        ({"paused_since": timezone.now()}, StatusKind.PAUSED),
        ({"state": "paused"}, StatusKind.REFUSED),
        ({"state": "unreachable"}, StatusKind.UNREACHABLE),
        ({"send_after": timezone.now() + timedelta(days=1)}, StatusKind.LIMITED),
    ],
)
def test_the_connection_comes_before_every_other_cause(fields: dict[str, Any], kind: StatusKind) -> None:
    """It is the one thing to mend: a clip behind a twin waits for it all the same."""
    a_job("unknown")
    job = a_job()
    pause(job, 1_200)
    change(job, **fields)
    waits = why(job)
    assert waits
    assert waits.cause is Cause.CONNECTION
    assert waits.status
    assert waits.status.kind is kind
    assert waits.until == waits.status.until == fields.get("send_after")


def test_an_hour_whose_requests_are_used_says_when_the_next_is_free(studio: Connection) -> None:
    job = a_job()
    change(job, posts_per_hour=1)
    at = timezone.now() - timedelta(minutes=50)
    Attempt.objects.create(submission=job.submission, connection=studio, number=1, at=at)
    waits = why(job)
    assert waits
    assert waits.status
    assert (waits.status.kind, waits.until) == (StatusKind.SPENT, at + timedelta(hours=1))
    assert sending.next_to_send(job.connection) is None


# ── Its turn ─────────────────────────────────────────────────────────────────────────────────────────────
def test_a_request_behind_others_says_how_many_are_sent_first() -> None:
    ann, bob = a_member("ann@example.com"), a_member("bob@example.com")
    hers = [a_job(owner=ann, prompt=str(number)) for number in range(3)]
    his = a_job(owner=bob)
    assert why(hers[0]) is None
    assert why(his) == Waiting(Cause.TURN, before=1)
    assert why(hers[1]) == Waiting(Cause.TURN, before=2)
    assert why(hers[2]) == Waiting(Cause.TURN, before=3)


def test_the_one_that_is_being_sent_counts_too() -> None:
    first, second = a_job(prompt="a"), a_job(prompt="b")
    assert why(second) == Waiting(Cause.TURN, before=1)
    machine.claim(first.submission, sending.LEASE)
    assert why(second) == Waiting(Cause.TURN, before=1)


def test_what_is_held_back_for_itself_lets_others_pass() -> None:
    paused, job = a_job(prompt="a"), a_job(prompt="b")
    pause(paused, 1_200)
    a_job("unknown")
    a_job()  # its twin
    assert why(job) is None
    assert sending.next_to_send(job.connection) == job.submission


# ── Credits ──────────────────────────────────────────────────────────────────────────────────────────────
def test_while_a_clip_is_on_hold_what_the_balance_does_not_cover_waits_with_both_figures() -> None:
    a_job("blocked")  # 94 credits are left
    job = a_job(prompt="a")
    assert why(job) == Waiting(Cause.CREDITS, price=100, available=94)
    altered(job, estimate=94)
    assert why(job) is None
    assert sending.next_to_send(job.connection) == job.submission
    altered(job, estimate=95)
    assert cause(job) is Cause.CREDITS
    assert sending.next_to_send(job.connection) is None


def test_a_price_that_cannot_be_read_is_not_covered() -> None:
    a_job("blocked")
    job = altered(a_job(prompt="a"), estimate=None)
    assert why(job) == Waiting(Cause.CREDITS, price=None, available=94)
    assert sending.next_to_send(job.connection) is None


def test_without_a_known_balance_everything_is_tried() -> None:
    held = a_job("sending")
    machine.refuse(held.submission, InsufficientCredits("Insufficient credits", 220, None))
    job = a_job(prompt="a")
    assert why(job) is None
    assert sending.next_to_send(job.connection) == job.submission


def test_with_enough_credits_for_the_one_on_hold_nothing_waits_for_credits() -> None:
    job = a_job("blocked")
    dear = altered(a_job(prompt="a"), estimate=10_000)
    assert cause(dear) is Cause.CREDITS
    note_balance(job.connection_id, 220, timezone.now())
    assert why(dear) is None  # as soon as the other is sent; no 200 requests come before it


def test_the_limits_hold_for_what_the_balance_covers_too(studio: Connection) -> None:
    held, job = a_job("blocked"), altered(a_job(prompt="a"), estimate=50)
    until = timezone.now() + SOON
    change(job, send_after=until)
    waits = why(job)
    assert waits
    assert waits.status
    assert (waits.cause, waits.until) == (Cause.CONNECTION, until)
    assert waits.status.kind is StatusKind.LIMITED
    change(job, send_after=timezone.now() - SOON, posts_per_hour=1)
    at = timezone.now() - timedelta(minutes=50)
    Attempt.objects.filter(submission=held.submission).update(at=at)
    waits = why(job)
    assert waits
    assert waits.status
    assert (waits.status.kind, waits.status.allowed) == (StatusKind.SPENT, 1)
    assert waits.until == at + timedelta(hours=1)
    change(job, posts_per_hour=2)
    assert why(job) is None


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_list_learns_of_those_that_wait_alone() -> None:
    first, second = a_job(prompt="a"), a_job(prompt="b")
    others = [a_job("pending"), a_job("cancelled")]
    found = why_all_wait([job.pk for job in (first, second, *others)])
    assert found == {second.pk: Waiting(Cause.TURN, before=1)}
    assert why_all_wait([]) == {}


def test_each_connection_has_a_line_of_its_own() -> None:
    first, second = a_job(prompt="a"), a_job(prompt="b")
    other = another_studio(paused_since=timezone.now())
    away = a_job(prompt="c")
    altered(away, connection=other)
    Submission.objects.filter(pk=away.submission_id).update(connection=other)
    found = why_all_wait([first.pk, second.pk, away.pk])
    assert {pk: waits.cause for pk, waits in found.items()} == {
        second.pk: Cause.TURN,
        away.pk: Cause.CONNECTION,
    }


def test_a_long_list_takes_as_many_queries_as_a_short_one(django_assert_max_num_queries: Any) -> None:
    a_job("unknown", prompt="x")
    jobs = [a_job(prompt=str(number)) for number in range(2)]
    with django_assert_max_num_queries(12) as short:
        why_all_wait([job.pk for job in jobs])
    jobs += [a_job(prompt=str(number)) for number in range(2, 8)]
    with django_assert_max_num_queries(len(short)):
        assert len(why_all_wait([job.pk for job in jobs])) == 7
