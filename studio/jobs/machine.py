"""The state machine: the only functions that change the state of a submission or a job (the copy of its files
has one of its own: studio.jobs.archiving).

Every move is a compare-and-set that must hit one row, in one transaction with its event, its ledger entries
and the new revision of the job. A move that is no longer possible raises Moved and changes nothing.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.audit.log import record
from studio.contract.answers import Accepted, JobReport
from studio.contract.errors import (
    InsufficientCredits,
    InvalidRequest,
    NotFound,
    NotSent,
    RateLimited,
    Refused,
    StudioError,
)
from studio.credits import ledger
from studio.credits.balance import latest, note_balance
from studio.jobs import news
from studio.jobs.models import Approval, Attempt, Event, Job, Revision, Submission
from studio.jobs.order import take_turn
from studio.jobs.pricing import learn
from studio.jobs.states import (
    DOUBTFUL,
    ENDED,
    JOB_MOVES,
    SUBMISSION_MOVES,
    JobState,
    SubmissionState,
    outcome,
)

S = SubmissionState
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(seconds=60)


class Moved(Exception):
    """Somebody else moved the row first, or the move is not one of the machine's."""


# ── Submissions ─────────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def claim(submission: Submission, lease: timedelta) -> Submission:
    """queued → sending: committed before any byte leaves, so that a crash can only look like "unknown"."""
    now, reading = timezone.now(), latest(submission.connection_id)
    take_turn(submission)
    _move_submission(
        submission,
        S.SENDING,
        attempt=submission.attempt + 1,
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

    The first id is the job that was shown; others get their own row. ``at`` is when the studio took it.
    """
    now = timezone.now()
    _move_submission(submission, S.ACCEPTED, answered_at=now, lease_until=None, _job=False)
    shown = submission.jobs.get()
    jobs = [shown, *(_twin(shown) for _ in accepted.job_ids[1:])]
    for job, upstream_id in zip(jobs, accepted.job_ids, strict=True):
        _write_job(job, state=JobState.PENDING, upstream_id=upstream_id, accepted_at=at or now, error="")
        _tell(job, JobState.PENDING, detail or f"Its number there is {upstream_id}.", person)
    note_balance(submission.connection_id, accepted.credits_remaining, now, submission.sent_at)
    return jobs


@transaction.atomic
def refuse(submission: Submission, error: Refused) -> None:
    """sending (or unknown) → rejected, or → blocked where the request may be sent again once something is mended."""
    now = timezone.now()
    final = isinstance(error, InvalidRequest | NotFound)
    field = error.field if isinstance(error, InvalidRequest) else ""
    required = None
    sentence = error.sentence
    if isinstance(error, InsufficientCredits):
        required = error.required or submission.jobs.get().estimate or (error.available or 0) + 1
        sentence = _figures(error)
        note_balance(submission.connection_id, error.available, now, submission.sent_at)
    _move_submission(
        submission,
        S.REJECTED if final else S.BLOCKED,
        _error=sentence,
        _field=field,
        answered_at=now,
        lease_until=None,
        blocked_for=required,
    )
    if final:
        _release(submission, "refused")


@transaction.atomic
def put_back(submission: Submission, error: StudioError, wait: timedelta | None = None) -> None:
    """sending (or unknown) → queued: provably not accepted.

    Waits as long as the studio asked for, else ``wait``, else longer each time.
    """
    wait = wait or min(FIRST_WAIT * 2 ** min(submission.attempt - 1, 8), LONGEST_WAIT)
    sentence = error.sentence
    if isinstance(error, RateLimited):
        wait = timedelta(seconds=error.retry_after) if error.retry_after else wait
        sentence = f"{_ended(sentence)} It is sent again in {_in_words(wait)}."
    elif isinstance(error, NotSent):
        sentence = f"{_ended(sentence)} Nothing was sent; it is tried again by itself."
    until = timezone.now() + wait
    _move_submission(submission, S.QUEUED, _error=sentence, lease_until=None, send_after=until)
    if isinstance(error, NotSent):
        Attempt.objects.filter(submission=submission, number=submission.attempt).update(is_unsent=True)


@transaction.atomic
def lose(submission: Submission, error: StudioError, at: datetime | None = None) -> None:
    """sending → unknown: the answer was lost by ``at``, or could not be read. It may have been charged."""
    lost_at = at or timezone.now()
    _move_submission(submission, S.UNKNOWN, _error=error.sentence, lease_until=None, lost_at=lost_at)


@transaction.atomic
def doubt(submission: Submission, since: datetime, until: datetime) -> None:
    """queued → unknown: a restored backup says that it waits, the history that it may have been sent since."""
    if submission.state == S.BLOCKED:
        unblock(submission, "A restored backup: it may have been sent since.")
    if submission.state != S.QUEUED:
        raise Moved(f"{submission} does not wait.")
    sentence = "A backup was restored. This request may have been sent after the backup was taken."
    _move_submission(submission, S.UNKNOWN, _error=sentence, sent_at=since, lost_at=until, send_after=None)


@transaction.atomic
def ask_a_person(submission: Submission, reason: str) -> None:
    """unknown → attention: what became of it cannot be proven here."""
    _move_submission(submission, S.ATTENTION, _error=reason)
    news.in_doubt(submission)


@transaction.atomic
def unblock(submission: Submission, reason: str, person: Any = None) -> None:
    """blocked → queued: the balance rose, the key works again, or a person says so."""
    _move_submission(submission, S.QUEUED, _detail=reason, _person=person, blocked_for=None, send_after=None)
    if person:
        record("clip.tried_again", by=person, about=_about(submission))


@transaction.atomic
def cancel(submission: Submission, person: Any) -> None:
    """approval, queued or blocked → cancelled: nothing was charged, and nothing will be."""
    _move_submission(submission, S.CANCELLED, _detail="Cancelled before it was sent.", _person=person)
    _release(submission, "cancelled")
    _withdraw_question(submission, person)
    record("clip.cancelled", by=person, about=_about(submission))


def _withdraw_question(submission: Submission, person: Any) -> None:
    """With the last of its clips, the question whether they may be made is gone, too."""
    waiting = Submission.objects.filter(approval=submission.approval_id, state=S.APPROVAL)
    if submission.approval_id and not waiting.exists():
        withdrawn = {"decided_at": timezone.now(), "decided_by": person}
        open_one = Approval.objects.filter(pk=submission.approval_id, verdict="")
        open_one.update(verdict=Approval.Verdict.WITHDRAWN, **withdrawn)


@transaction.atomic
def approve(submission: Submission, person: Any, note: str = "") -> None:
    """approval → queued: somebody who decides on spending said yes."""
    _move_submission(submission, S.QUEUED, _detail=f"Approved. {note}".strip(), _person=person)


@transaction.atomic
def decline(submission: Submission, person: Any, note: str = "") -> None:
    """approval → declined: it is not sent; what was held for it is free again."""
    _move_submission(submission, S.DECLINED, _error=note, _person=person)
    _release(submission, "declined")


# ── What a person decides ───────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def settle_as(submission: Submission, upstream_id: str, person: Any) -> list[Job]:
    """unknown or attention → accepted: a person recognised this job in the studio's history.

    Raises Moved when another of our jobs has that number.
    """
    if submission.state not in DOUBTFUL:
        raise Moved(f"{submission} is not in doubt.")
    if Job.objects.filter(connection_id=submission.connection_id, upstream_id=upstream_id).exists():
        raise Moved(f"{upstream_id} is another job of ours.")
    detail = f"Found in the studio's history as {upstream_id}."
    jobs = accept(submission, Accepted((upstream_id,)), detail, person=person)
    record("clip.settled", by=person, about=_about(submission), studio_job=upstream_id)
    return jobs


@transaction.atomic
def resend(submission: Submission, person: Any) -> None:
    """attention → queued: a person says that it never happened, and knows that it may be charged twice."""
    if submission.state != S.ATTENTION:
        raise Moved(f"{submission} needs nobody's decision.")
    detail = "Sent again on request, though the first may have been charged."
    _move_submission(submission, S.QUEUED, _detail=detail, _person=person, send_after=None)
    record("clip.sent_again", by=person, about=_about(submission), credits=submission.jobs.get().estimate)


@transaction.atomic
def give_up(submission: Submission, person: Any) -> None:
    """attention → abandoned: it is not sent again. It may have been charged: only the balance can tell."""
    detail = "Given up. If the studio did make it, it was charged there."
    _move_submission(submission, S.ABANDONED, _detail=detail, _person=person)
    _release(submission, "given up; the studio may have charged it")
    record("clip.dropped", by=person, about=_about(submission))


@transaction.atomic
def stop_watching(job: Job, person: Any) -> None:
    """pending or processing → stopped. The studio goes on with it; what its history says later is still taken."""
    if JobState.STOPPED not in JOB_MOVES.get(job.state, ()):
        raise Moved(f"{job} is not being made.")
    _write_job(job, state=JobState.STOPPED, finished_at=timezone.now())
    _tell(job, JobState.STOPPED, "The studio goes on, and may charge it.", person)
    ledger.release(account_of(job), "not watched any more")
    record("clip.stopped", by=person, about=f"job:{job.pk}")


def _about(submission: Submission) -> str:
    """For the audit log: the job that is shown for it."""
    return f"job:{submission.jobs.earliest('pk').pk}"


def _move_submission(
    submission: Submission,
    to: SubmissionState,
    *,
    _error: str = "",
    _field: str = "",
    _detail: str = "",
    _person: Any = None,
    _job: bool = True,
    **changes: Any,
) -> None:
    """Compare-and-set on (id, attempt, state); the job that is shown for it follows."""
    if to not in SUBMISSION_MOVES[submission.state]:
        raise Moved(f"{submission} cannot become {to}.")
    hit = Submission.objects.filter(
        pk=submission.pk, attempt=submission.attempt, state=submission.state
    ).update(state=to, **changes)
    if hit != 1:
        raise Moved(f"{submission} was moved by another.")
    for name, value in {"state": to, **changes}.items():
        setattr(submission, name, value)
    if _job:
        job = submission.jobs.get()
        ended = timezone.now() if JobState(to) in ENDED else None
        _write_job(job, state=JobState(to), error=_error, error_field=_field, finished_at=ended)
        _tell(job, to, _detail or _error, _person)


# ── Jobs ────────────────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def report(job: Job, told: JobReport) -> bool:
    """Take over what the upstream says. True when something changed; a step backwards is not taken.

    A word that is not one of ours is kept beside the last known state.
    """
    forward = told.state is not None and told.state in JOB_MOVES.get(job.state, ())
    changes = _learned(job, told)
    if not forward and not changes:
        return False
    if forward:
        changes["state"] = JobState(told.state)
        if told.state in (JobState.COMPLETED, JobState.FAILED):
            changes |= _ending(job, told)
    if not _compare_and_set(job, changes):
        return False
    if forward:
        _tell(job, told.state or "", changes.get("error", ""))
    _settle(job, told)
    return True


def _learned(job: Job, told: JobReport) -> dict[str, Any]:
    """What the report adds to the job, apart from its state."""
    changes: dict[str, Any] = {}
    word = told.state_word if told.state is None else ""
    if word != job.state_word:
        changes["state_word"] = word[:80]
    if told.credits_charged not in (None, job.charged) and not job.refunded:
        changes["charged"] = told.credits_charged
    if told.credits_refunded and not job.refunded:
        changes["refunded"] = True
    if told.result_urls and not job.result_urls:
        changes["result_urls"] = list(told.result_urls)
    return changes


def _ending(job: Job, told: JobReport) -> dict[str, Any]:
    ending: dict[str, Any] = {"finished_at": timezone.now()}
    if told.state == JobState.FAILED:
        ending["error"] = told.error_message or "The studio gave no reason."
    else:  # without an address, too: the studio is asked for one before it counts as lost
        ending["archive"] = "waiting"
        ending["archive_after"] = timezone.now()
    return ending


def _settle(job: Job, told: JobReport) -> None:
    """Ledger: the charge once it is told, or at the end; the refund once."""
    account = account_of(job)
    learn(job)
    if job.charged is not None:
        ledger.charge(account, job.charged)
        ledger.correct(account, job.charged)
    elif job.state == JobState.COMPLETED:
        ledger.charge(account, job.estimate or 0, "estimated: the studio told no figure")
    elif job.state == JobState.FAILED:
        ledger.release(account, "failed; the studio told no charge")
    if job.refunded and job.charged:
        ledger.refund(account, job.charged)


def mark_polled(jobs: Iterable[Job], at: datetime) -> None:
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(polled_at=at)


# ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────
def _compare_and_set(job: Job, changes: dict[str, Any]) -> bool:
    """Write ``changes`` if the row is still as we read it; False when another was first.

    The only function that writes the state of a job: so whoever is to learn of it learns of it here.
    """
    if "state" in changes:
        changes = {**changes, "state_since": timezone.now()}
    before = account_of(job)
    hit = Job.objects.filter(pk=job.pk, state=job.state, archive=job.archive).update(
        **changes, rev=Revision.bump()
    )
    if hit:
        for name, value in changes.items():
            setattr(job, name, value)
        if outcome(job.state) != before.outcome:
            ledger.end(before, outcome(job.state))
        if "state" in changes:
            news.moved(job)
    return bool(hit)


def _write_job(job: Job, **changes: Any) -> None:
    """Follow the submission, whose own compare-and-set has already decided."""
    if not _compare_and_set(job, changes):
        raise Moved(f"{job} was moved by another.")


def _twin(job: Job) -> Job:
    """A second job from one POST: nothing of it was estimated, its charge is told by its own report."""
    copied = (
        *("owner_id", "connection_id", "submission_id", "project_id", "spender_id", "asked_on", "is_private"),
        *("api_token_id", "hook_id"),
        *("model_slug", "model_name", "model_family", "prompt", "request", "expected_seconds"),
    )
    twin = Job.objects.create(**{name: getattr(job, name) for name in copied}, state=JobState.SENDING)
    ledger.ask(account_of(twin), estimate=None)
    return twin


def _tell(job: Job, what: str, detail: str = "", person: Any = None) -> None:
    Event.objects.create(job=job, what=what, detail=detail, person=person)


def _release(submission: Submission, reason: str) -> None:
    for job in submission.jobs.all():
        ledger.release(account_of(job), reason)


def account_of(job: Job) -> ledger.Account:
    return ledger.Account(
        reference=f"job:{job.pk}",
        connection_id=job.connection_id,
        day=job.asked_on,
        person_id=job.spender_id,
        project_id=job.project_id,
        token_id=job.api_token_id,
        job_id=job.pk,
        model_slug=job.model_slug,
        model_family=job.model_family,
        outcome=outcome(job.state),
    )


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _in_words(wait: timedelta) -> str:
    seconds = math.ceil(wait.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"


def _figures(error: InsufficientCredits) -> str:
    if error.required is None or error.available is None:
        return error.sentence
    return f"Insufficient credits: {error.required:,} required, {error.available:,} available."
