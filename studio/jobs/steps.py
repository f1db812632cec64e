"""The idempotent steps that the worker calls: send one request, look at what is running, mirror the history.

Each can be repeated, cut off anywhere, or run beside another: the state machine decides who moved a row.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from studio.catalog.connections import ask_refresh, engine_for, note_answer, note_trouble
from studio.catalog.models import Connection
from studio.contract.answers import Accepted, JobReport
from studio.contract.engine import Engine
from studio.contract.errors import (
    KeyRefused,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    StudioError,
)
from studio.credits.balance import latest
from studio.jobs import machine
from studio.jobs.history import mirror_history
from studio.jobs.models import Job, Submission
from studio.jobs.states import SubmissionState

# Longer than the deadline of a generate request: a lease that runs out means that its worker is gone.
LEASE = timedelta(seconds=settings.GENERATE_DEADLINE * 1.5)
HISTORY_ROWS = 100
HISTORY_EVERY = timedelta(minutes=2)  # with nothing running: what was made elsewhere shows up, too
HISTORY_RETRY = timedelta(seconds=5)  # how often it is asked whether the history is due


# ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────
def next_to_send(connection: Connection) -> Submission | None:
    """The oldest request that may be sent now, within the trailing hour's budget of the connection."""
    now = timezone.now()
    mine = Submission.objects.filter(connection=connection)
    if mine.filter(state=SubmissionState.SENDING).exists() or connection.state == Connection.State.PAUSED:
        return None
    if connection.send_after and connection.send_after > now:
        return None
    if not connection.is_sandbox:
        sent = mine.filter(sent_at__gt=now - timedelta(hours=1)).count()
        if sent >= connection.posts_per_hour:
            return None
    waiting = mine.filter(state=SubmissionState.QUEUED).order_by("id")
    return waiting.exclude(send_after__gt=now).first()


def send_next(connection: Connection) -> bool:
    """Send one request, if one may be sent. True when it was tried."""
    submission = next_to_send(connection)
    if submission is None:
        return False
    try:
        engine = engine_for(connection)
        machine.claim(submission, LEASE)
    except KeyRefused as error:
        note_trouble(connection, error)
        return False
    except (machine.Moved, IntegrityError):  # another worker was first
        return False
    send(submission, engine)
    return True


def send(submission: Submission, engine: Engine) -> None:
    """One attempt, and what it proved."""
    connection = submission.connection
    try:
        accepted = engine.generate(submission.generate_request)
        _take(submission, accepted)
    except NotSent as error:
        machine.put_back(submission, error)
        note_trouble(connection, error)
    except RateLimited as error:
        machine.put_back(submission, error)
        Connection.objects.filter(pk=connection.pk).update(send_after=submission.send_after)
    except Refused as error:
        machine.refuse(submission, error)
        _note_refusal(connection, error)
    except StudioError as error:
        machine.lose(submission, error)
    else:
        note_answer(connection)


def _take(submission: Submission, accepted: Accepted) -> None:
    """Ids that another job already has prove nothing about this request."""
    known = Job.objects.filter(connection=submission.connection, upstream_id__in=accepted.job_ids)
    if known.exists():
        raise OutcomeUnknown("The studio answered with a job that we already know.")
    machine.accept(submission, accepted)


def _note_refusal(connection: Connection, error: Refused) -> None:
    if isinstance(error, KeyRefused):
        note_trouble(connection, error)
        return
    note_answer(connection)
    if isinstance(error, NotFound):
        ask_refresh(connection)


def reap() -> int:
    """sending → unknown for every lease that ran out: its worker is gone, and with it the answer."""
    lost = Submission.objects.filter(state=SubmissionState.SENDING, lease_until__lt=timezone.now())
    reaped = 0
    for submission in lost:
        try:
            machine.lose(submission, OutcomeUnknown("The worker stopped before the studio's answer arrived."))
            reaped += 1
        except machine.Moved:
            continue
    return reaped


def release_blocked(connection: Connection) -> int:
    """blocked → queued once what held it back is known to be mended. A person may always do it by hand."""
    moved = 0
    for submission in Submission.objects.filter(connection=connection, state=SubmissionState.BLOCKED):
        if reason := _mended(submission, connection):
            machine.unblock(submission, reason)
            moved += 1
    return moved


def _mended(submission: Submission, connection: Connection) -> str:
    """Why it may be sent again, or "". A refused key is tried again ever more rarely: it may be refused for
    generating only, while reading works."""
    answered = submission.answered_at or submission.created_at
    if submission.blocked_for is None:
        pause = timedelta(minutes=min(2**submission.attempt, 60))
        return (
            "The studio answers again." if connection.is_working and timezone.now() - answered > pause else ""
        )
    reading = latest(connection.pk)
    risen = reading is not None and reading.at > answered and reading.credits >= submission.blocked_for
    return "The balance covers it now." if risen else ""


# ── Looking ─────────────────────────────────────────────────────────────────────────────────────────────
def poll(connection: Connection) -> int:
    """One look at all running jobs, as soon as one of them is due. Returns how many were looked at.

    The history answers for up to a hundred of them in one call; only those that it does not show are asked for
    one by one, when they are due themselves.
    """
    now = timezone.now()
    watched = list(Job.objects.filter(connection=connection).watched())
    due = [job for job in watched if _is_due(job, connection, now)]
    if not due:
        return 0
    machine.mark_polled(due, now)
    seen = read_history(connection)
    if seen is None:
        return 0
    shown = [job for job in watched if job.upstream_id in seen]
    machine.mark_polled(shown, now)
    for job in shown:
        machine.report(job, seen[job.upstream_id or ""])
    hidden = [job for job in due if job.upstream_id not in seen]
    for job in hidden:
        if told := _ask(connection, job):
            machine.report(job, told)
    return len(shown) + len(hidden)


def _is_due(job: Job, connection: Connection, now: datetime) -> bool:
    """A young job is looked at often, an old one every 15 s; the sandbox costs nothing to ask."""
    if job.polled_at is None:
        return True
    age = (now - (job.accepted_at or job.created_at)).total_seconds()
    pause = connection.poll_seconds if connection.is_sandbox else max(age / 10, connection.poll_seconds)
    return (now - job.polled_at).total_seconds() >= min(pause, 15)


def read_history_when_due(connection: Connection) -> None:
    """With nothing running, too. One that could not be read stays due: it is there soon after the studio is."""
    read_at = connection.history_read_at
    if read_at is None or timezone.now() - read_at >= HISTORY_EVERY:
        read_history(connection)


def read_history(connection: Connection) -> dict[str, JobReport] | None:
    """Mirror the newest rows of the history: job id → report. None when the studio did not give them."""
    try:
        history = engine_for(connection).history(HISTORY_ROWS)
    except StudioError as error:
        note_trouble(connection, error)
        return None
    note_answer(connection)
    mirror_history(connection, history)
    return {told.job_id: told for told in history.jobs}


def _ask(connection: Connection, job: Job) -> JobReport | None:
    """One status call. A job that the studio does not know (any more) is no end of it: it is asked again."""
    try:
        return engine_for(connection).status(job.upstream_id or "")
    except NotFound:
        return None
    except StudioError as error:
        note_trouble(connection, error)
        return None
