"""The state machine: who may move what, and what is written with each move."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from studio.contract.answers import Accepted, JobReport
from studio.contract.errors import (
    Forbidden,
    InsufficientCredits,
    InvalidRequest,
    KeyRefused,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
)
from studio.credits.balance import latest
from studio.credits.models import Entry
from studio.jobs.dispatch.sending import LEASE
from studio.jobs.lifecycle import decisions, machine
from studio.jobs.models import Job, Revision, Submission
from studio.jobs.states import JOB_MOVES, SUBMISSION_MOVES, JobState, SubmissionState
from tests.factories import a_job, a_member, told

pytestmark = pytest.mark.django_db


def entries(job: Job) -> list[tuple[str, int]]:
    return list(Entry.objects.filter(job_id=job.pk).order_by("pk").values_list("kind", "amount"))


def words(job: Job) -> list[str]:
    return list(job.events.values_list("what", flat=True))


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_every_state_has_its_moves_and_every_move_leads_to_a_state():
    assert set(SUBMISSION_MOVES) == set(SubmissionState.values)
    assert set().union(*SUBMISSION_MOVES.values()) <= set(SubmissionState.values)
    assert set().union(*JOB_MOVES.values()) <= set(JobState.values)


def test_a_queued_job_holds_its_estimate():
    job = a_job()
    assert (job.state, job.estimate, entries(job)) == ("queued", 100, [("hold", 100)])


def test_a_claim_is_written_before_anything_is_sent():
    job = a_job("sending")
    assert job.state == "sending"
    assert job.submission.attempt == 1
    assert job.submission.lease_until > timezone.now()


def test_two_workers_cannot_claim_one_submission():
    job = a_job()
    first = Submission.objects.get(pk=job.submission_id)
    second = Submission.objects.get(pk=job.submission_id)
    machine.claim(first, LEASE)
    with pytest.raises(machine.Moved):
        machine.claim(second, LEASE)
    assert Submission.objects.get(pk=first.pk).attempt == 1


def test_a_connection_sends_one_request_at_a_time():
    a_job("sending")
    other = a_job()
    with pytest.raises(IntegrityError), transaction.atomic():
        machine.claim(other.submission, LEASE)
    assert fresh(other).state == "queued"


def test_an_accepted_request_becomes_pending_and_tells_the_balance():
    job = a_job("sending")
    machine.accept(job.submission, Accepted(("u-1",), 1_900))
    job = fresh(job)
    assert (job.state, job.upstream_id) == ("pending", "u-1")
    assert latest(job.connection_id).credits == 1_900
    assert words(job) == ["queued", "sending", "pending"]


def test_an_answer_with_two_ids_makes_a_second_job():
    job = a_job("sending")
    machine.accept(job.submission, Accepted(("u-1", "u-2")))
    assert list(Job.objects.order_by("pk").values_list("upstream_id", "state", "estimate")) == [
        ("u-1", "pending", 100),
        ("u-2", "pending", None),
    ]


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequest("Invalid duration", "duration_seconds"),
        Forbidden("Prompt violates the content policy", "prompt"),
        NotFound("No such model"),
    ],
)
def test_a_final_refusal_shows_its_sentence_and_releases_the_hold(error):
    job = a_job("sending")
    machine.refuse(job.submission, error)
    job = fresh(job)
    assert (job.state, job.error, job.credits) == ("rejected", error.sentence, 0)
    assert job.error_field == getattr(error, "field", "")
    assert entries(job) == [("hold", 100), ("release", 100)]


def test_insufficient_credits_put_the_request_on_hold_with_both_figures():
    job = a_job("sending")
    machine.refuse(job.submission, InsufficientCredits("Insufficient credits", 220, 94))
    job = fresh(job)
    assert (job.state, job.error) == ("blocked", "Insufficient credits: 220 required, 94 available.")
    assert latest(job.connection_id).credits == 94
    assert entries(job) == [("hold", 100)]


def test_a_refused_key_puts_the_request_on_hold():
    job = a_job("sending")
    machine.refuse(job.submission, KeyRefused("The studio does not accept the key."))
    assert fresh(job).state == "blocked"


def test_what_was_provably_not_sent_waits_and_keeps_its_hold():
    job = a_job("sending")
    machine.put_back(job.submission, NotSent("The studio refused the connection."))
    job = fresh(job)
    told = "The studio refused the connection. Nothing was sent. It will be tried again automatically."
    assert (job.state, job.error) == ("queued", told)
    assert job.submission.send_after > timezone.now()
    assert entries(job) == [("hold", 100)]


def test_a_rate_limit_waits_as_long_as_the_studio_asked_for():
    job = a_job("sending")
    machine.put_back(job.submission, RateLimited("Too many requests.", 90))
    assert job.submission.send_after - timezone.now() > timedelta(seconds=85)


def test_a_lost_answer_is_unknown_and_is_never_queued_again():
    job = a_job("sending")
    machine.lose(job.submission, OutcomeUnknown("The connection was cut."))
    assert fresh(job).state == "unknown"
    with pytest.raises(machine.Moved):
        machine.claim(job.submission, LEASE)
    with pytest.raises(machine.Moved):
        decisions.resend(job.submission, a_member())
    with pytest.raises(machine.Moved):
        decisions.cancel(job.submission, a_member())


def test_a_late_answer_after_another_attempt_changes_nothing():
    job = a_job("sending")
    late = Submission.objects.get(pk=job.submission_id)
    machine.put_back(job.submission, NotSent("Refused."))
    machine.claim(job.submission, LEASE)
    with pytest.raises(machine.Moved):
        machine.accept(late, Accepted(("u-9",)))
    assert fresh(job).state == "sending"


def test_cancelling_costs_nothing_and_says_who_did_it():
    job, person = a_job(), a_member()
    decisions.cancel(job.submission, person)
    job = fresh(job)
    assert (job.state, job.credits) == ("cancelled", 0)
    assert job.events.last().person == person
    assert entries(job) == [("hold", 100), ("release", 100)]


def test_a_completed_job_is_charged_once_however_often_it_is_told():
    job = a_job("processing")
    assert machine.report(job, told(job, "completed"))
    assert not machine.report(job, told(job, "completed"))
    assert entries(job) == [("hold", 100), ("release", 100), ("charge", 100)]
    assert (fresh(job).state, fresh(job).archive) == ("completed", "waiting")


def test_the_charge_is_what_the_studio_told_not_what_was_estimated():
    job = a_job("processing")
    machine.report(job, told(job, "completed", credits_charged=93))
    assert entries(job)[-1] == ("charge", 93)
    assert fresh(job).credits == 93


def test_a_failed_job_is_refunded_once():
    job = a_job("processing")
    machine.report(job, told(job, "failed"))
    machine.report(job, told(job, "failed"))
    assert entries(job) == [("hold", 100), ("release", 100), ("charge", 100), ("refund", 100)]
    assert (fresh(job).state, fresh(job).credits) == ("failed", 0)


def test_a_refund_that_is_told_later_is_entered_then():
    job = a_job("processing")
    machine.report(job, told(job, "failed", credits_refunded=None))
    machine.report(fresh(job), told(job, "failed"))
    assert [kind for kind, _ in entries(job)] == ["hold", "release", "charge", "refund"]


@pytest.mark.parametrize("backwards", ["pending", "processing"])
def test_a_step_backwards_is_not_taken(backwards):
    job = a_job("completed")
    machine.report(job, told(job, backwards))
    assert fresh(job).state == "completed"


def test_an_unknown_word_is_kept_beside_the_last_known_state():
    job = a_job("processing")
    machine.report(job, JobReport(job.upstream_id, None, "upscaling"))
    assert (fresh(job).state, fresh(job).state_word) == ("processing", "upscaling")


def test_ready_without_an_address_is_still_to_be_copied():
    """The studio is asked for one: see tests/worker/test_archive.py."""
    job = a_job("processing")
    machine.report(job, told(job, "completed", result_urls=()))
    assert (fresh(job).state, fresh(job).archive) == ("completed", "waiting")


def test_every_change_gets_its_own_revision():
    job = a_job()
    first = job.rev
    machine.claim(job.submission, LEASE)
    assert fresh(job).rev == Revision.current() > first


def test_the_ledger_cannot_be_changed():
    entry = Entry.objects.get(job_id=a_job().pk)
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_the_database_itself_refuses_states_that_do_not_exist():
    job = a_job()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="nearly")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="pending")
    assert connection.vendor in ("sqlite", "postgresql")
