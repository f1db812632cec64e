"""The state machine: moves by what the worker proves and the studio reports. ``decisions`` has the moves that a person
decides on. Nothing else changes the state of a submission or a job. The copies of a job's files have a machine of their
own, ``archiving``.

Every move is a compare-and-set that must hit one row (see ``moving``), in one transaction with its event, its
ledger entries and the job's new revision. A move that is no longer possible raises Moved and changes nothing.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from studio.audit.log import record
from studio.catalog.connections import note_fractions
from studio.contract.answers import Accepted, JobReport
from studio.contract.errors import (
    InsufficientCredits,
    InvalidRequest,
    NotFound,
    NotSent,
    RateLimited,
    Redirected,
    Refused,
    StudioError,
)
from studio.credits import ledger
from studio.credits.balance import latest, note_balance
from studio.jobs import notifications
from studio.jobs.lifecycle import archiving
from studio.jobs.lifecycle.endings import arrived, learned, next_state
from studio.jobs.lifecycle.moving import (
    JobNote,
    Moved,
    about_job,
    account_of,
    add_event,
    move_submission,
    move_submission_alone,
    release,
    write_if_unchanged,
    write_job,
)
from studio.jobs.lifecycle.turns import take_turn
from studio.jobs.models import Attempt, Job, Submission
from studio.jobs.money.estimating import learn
from studio.jobs.states import WATCHED, JobState, SubmissionState

S = SubmissionState
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(seconds=60)
MAY_HAVE_BEEN_SENT = "A backup was restored. This request may have been sent after the backup was taken."
MOST_MISSES = 3  # consecutive polls in which the studio does not know the job


# ── Submissions ─────────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def claim(submission: Submission, lease: timedelta, worker: UUID | None = None) -> Submission:
    """queued → sending: committed before any byte is sent, so that a crash leaves at most "unknown" behind.

    ``worker``: the process that sends it, so that others can detect that it is gone.
    """
    now, reading = timezone.now(), latest(submission.connection_id)
    take_turn(submission)
    move_submission(
        submission,
        S.SENDING,
        attempt=submission.attempt + 1,
        claimed_by=worker,
        doubt_from=None,
        doubt_until=None,
        lease_until=now + lease,
        sent_at=now,
        send_after=None,
        lost_at=None,
        balance_before=reading.credits if reading else None,
    )
    Attempt.objects.create(
        submission=submission, connection_id=submission.connection_id, number=submission.attempt, at=now
    )
    return submission


@transaction.atomic
def accept(
    submission: Submission,
    accepted: Accepted,
    detail: str = "",
    *,
    at: datetime | None = None,
    person: Any = None,
) -> list[Job]:
    """sending, unknown or attention → accepted: proven by the answer, by the history, or by a person.

    The first id belongs to the existing job; further ids get a new row each. ``at`` is when the studio accepted it.
    """
    now = timezone.now()
    move_submission_alone(submission, S.ACCEPTED, answered_at=now, lease_until=None)
    shown = submission.jobs.get()
    jobs = [shown, *(_twin(shown) for _ in accepted.job_ids[1:])]
    for job, upstream_id in zip(jobs, accepted.job_ids, strict=True):
        write_job(job, state=JobState.PENDING, upstream_id=upstream_id, accepted_at=at or now, error="")
        add_event(job, JobState.PENDING, detail or f"The studio’s id for it is {upstream_id}.", person)
    note_balance(submission.connection_id, accepted.credits_remaining, now, submission.sent_at)
    return jobs


def _twin(job: Job) -> Job:
    """Another job from the same POST. It has no estimate; its own report gives the charge."""
    copied = (
        *("owner_id", "connection_id", "submission_id", "project_id", "spender_id", "asked_on", "is_private"),
        *("api_token_id", "hook_id"),
        *("model_slug", "model_name", "model_family", "prompt", "request", "expected_seconds"),
    )
    twin = Job.objects.create(**{name: getattr(job, name) for name in copied}, state=JobState.SENDING)
    ledger.ask(account_of(twin), estimate=None)
    return twin


@transaction.atomic
def refuse(submission: Submission, error: Refused) -> None:
    """sending (or unknown) → rejected, or → blocked if the request may be sent again: a 401 and a 402.

    A 403 is final: it may be about the content of this request, which must not be sent again without being asked.
    """
    now = timezone.now()
    final = isinstance(error, InvalidRequest | NotFound)
    field = error.field if isinstance(error, InvalidRequest) else ""
    required = None
    sentence = error.sentence
    if isinstance(error, InsufficientCredits):
        required = error.required or submission.jobs.get().estimate or (error.available or 0) + 1
        sentence = _figures(error)
        note_balance(submission.connection_id, error.available, now, submission.sent_at)
    move_submission(
        submission,
        S.REJECTED if final else S.BLOCKED,
        JobNote(error=sentence, field=field),
        answered_at=now,
        lease_until=None,
        blocked_for=required,
    )
    if final:
        release(submission, "refused")


@transaction.atomic
def put_back(submission: Submission, error: StudioError, wait: timedelta | None = None) -> None:
    """sending (or unknown) → queued: provably not accepted.

    Waits as long as the studio asked for, else ``wait``, else longer after each attempt.
    """
    wait = wait or min(FIRST_WAIT * 2 ** min(submission.attempt - 1, 8), LONGEST_WAIT)
    sentence = error.sentence
    if isinstance(error, RateLimited):
        wait = timedelta(seconds=error.retry_after) if error.retry_after else wait
        sentence = f"{_ended(sentence)} It is sent again in {_in_words(wait)}."
    elif isinstance(error, NotSent):
        sentence = f"{_ended(sentence)} Nothing was sent. It will be tried again automatically."
    elif isinstance(error, Redirected):
        sentence = f"{_ended(sentence)} The request was not accepted. It is sent again in {_in_words(wait)}."
    until = timezone.now() + wait
    move_submission(submission, S.QUEUED, JobNote(error=sentence), lease_until=None, send_after=until)
    if isinstance(error, NotSent):
        Attempt.objects.filter(submission=submission, number=submission.attempt).update(is_unsent=True)


@transaction.atomic
def lose(submission: Submission, error: StudioError) -> None:
    """sending → unknown: the answer was lost, or could not be read. It may have been charged."""
    move_submission(
        submission, S.UNKNOWN, JobNote(error=error.sentence), lease_until=None, lost_at=timezone.now()
    )


@transaction.atomic
def reap(submission: Submission) -> None:
    """sending → unknown: its worker is gone, and the answer with it. The studio may still be accepting it, so a row of
    the history can be the one until its lease would have run out.
    """
    sentence = "The worker stopped before the studio's answer arrived."
    lost_at = min(timezone.now(), submission.lease_end)
    move_submission(submission, S.UNKNOWN, JobNote(error=sentence), lost_at=lost_at)


@transaction.atomic
def doubt(submission: Submission, since: datetime, until: datetime) -> None:
    """queued → unknown: a restored backup has it as waiting, but the history shows that it may have been sent since."""
    if submission.state == S.BLOCKED:
        unblock(submission, "A restored backup: it may have been sent since.")
    if submission.state != S.QUEUED:
        raise Moved(f"{submission} is not waiting.")
    move_submission(
        submission,
        S.UNKNOWN,
        JobNote(error=MAY_HAVE_BEEN_SENT),
        sent_at=since,
        lost_at=until,
        lease_until=None,
        send_after=None,
    )


@transaction.atomic
def clear(submission: Submission) -> None:
    """unknown → queued: the history shows that a request unknown to the restored backup was not sent before it."""
    if submission.doubt_from is None:
        raise Moved(f"{submission} was sent.")
    move_submission(
        submission,
        S.QUEUED,
        JobNote(detail="The studio's history shows that it was not sent before the restore."),
        sent_at=None,
        lost_at=None,
        doubt_from=None,
        doubt_until=None,
    )


@transaction.atomic
def ask_a_person(submission: Submission, reason: str) -> None:
    """unknown → attention: the outcome cannot be proven automatically."""
    move_submission(submission, S.ATTENTION, JobNote(error=reason))
    notifications.in_doubt(submission)


@transaction.atomic
def unblock(submission: Submission, reason: str, person: Any = None) -> None:
    """blocked → queued: the balance rose, the key works again, or a person decided it."""
    move_submission(
        submission, S.QUEUED, JobNote(detail=reason, person=person), blocked_for=None, send_after=None
    )
    if person:
        record("clip.tried_again", by=person, about=about_job(submission))


# ── Jobs ────────────────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def report(job: Job, reported: JobReport) -> bool:
    """Apply what the studio reports. Returns True if something changed; a step backwards is ignored.

    Completed wins over failed, in either order; a refund counts in any case. A word that is not one of ours is kept
    next to the last known state, until a person is asked.
    """
    if reported.state == JobState.FAILED and _failed_before(job):
        return False
    if reported.is_rounded:
        note_fractions(job.connection_id)
    to = next_state(job, reported)
    changes = learned(job, reported)
    if to:
        changes |= {"state": to, "error": "", **arrived(job, reported, to)}
    if changes:
        before = job.state
        if not write_if_unchanged(job, **changes):
            return False
        if to:
            add_event(job, to, changes["error"] or _after_all(before, to))
            _ask_about(job, to)
        book(job)
    return archiving.take_addresses(job, reported.result_urls, reported.extra_urls) or bool(changes)


@transaction.atomic
def miss(job: Job) -> None:
    """The studio answered that it does not know the job. After the third time in a row a person is asked."""
    if job.state not in WATCHED:
        return
    changes: dict[str, Any] = {"misses": job.misses + 1}
    if changes["misses"] >= MOST_MISSES:
        changes |= {"state": JobState.ATTENTION, "error": "The studio says that it does not know this clip."}
    if write_if_unchanged(job, **changes) and "state" in changes:
        add_event(job, JobState.ATTENTION, changes["error"])
        notifications.unclear(job)


def _failed_before(job: Job) -> bool:
    """It failed first and was completed later: a report of the failure and its refund is older."""
    return job.state == JobState.COMPLETED and job.events.filter(what=JobState.FAILED).exists()


def _after_all(before: str, to: JobState) -> str:
    is_revived = before == JobState.FAILED and to == JobState.COMPLETED
    return "The studio had said that it failed." if is_revived else ""


def _ask_about(job: Job, to: JobState) -> None:
    if to == JobState.ATTENTION:
        notifications.unclear(job)


def book(job: Job) -> None:
    """Book the charge once it is reported, or at the end, and any refund. In the caller's transaction."""
    account = account_of(job)
    learn(job)
    charged = job.charged
    if charged is not None:
        ledger.charge(account, charged)
        ledger.correct(account, charged)
    elif job.state == JobState.COMPLETED:
        charged = job.estimate or 0
        ledger.charge(account, charged, "estimated: the studio reported no charge")
    elif job.state == JobState.FAILED:
        ledger.release(account, "failed; the studio reported no charge")
    if charged is not None:
        whole = charged if job.refund is None else job.refund
        ledger.refund(account, whole if job.refunded else 0)


def mark_polled(jobs: Iterable[Job], at: datetime) -> None:
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(polled_at=at)


# ── Sentences ───────────────────────────────────────────────────────────────────────────────────────────
def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _in_words(wait: timedelta) -> str:
    seconds = math.ceil(wait.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"


def _figures(error: InsufficientCredits) -> str:
    if error.required is None or error.available is None:
        return error.sentence
    return f"Insufficient credits: {error.required:,} required, {error.available:,} available."
