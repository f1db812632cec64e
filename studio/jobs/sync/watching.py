"""Watching what the studio made of requests: the idempotent steps by which the worker looks at running jobs and mirrors
the history.
"""

from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.utils import timezone

from studio.catalog.connections import engine_for, note_answer, note_clock, note_failed_read
from studio.catalog.models import Connection
from studio.contract.answers import JobReport
from studio.contract.errors import NotFound, StudioError
from studio.core.rows import compare_and_set
from studio.jobs.lifecycle import machine
from studio.jobs.matching.lost_requests import HISTORY_ROWS, match_lost_requests
from studio.jobs.models import Job, Submission
from studio.jobs.states import DOUBTFUL, WATCHED, JobState
from studio.jobs.sync.history import mirror_history

HISTORY_EVERY = timedelta(minutes=2)  # with nothing running: what was made elsewhere shows up, too
HISTORY_RETRY = timedelta(seconds=5)  # after a reading that failed
SHORTEST_DOUBT = timedelta(seconds=3)
LONGEST_PAUSE = timedelta(seconds=15)  # between two looks at a running job
LONGEST_UNCLEAR = timedelta(hours=1)  # at one that needs attention


def poll(connection: Connection) -> int:
    """One look at all running jobs, as soon as one of them is due. Returns how many were looked at.

    The history answers for up to a hundred of them in one call; only those that it does not show are asked for
    one by one, when they are due themselves.
    """
    now = timezone.now()
    if connection.state == Connection.State.PAUSED:  # its key is tried by ``read_history_when_due``
        return 0
    mine = Job.objects.filter(connection=connection)
    watched = [*mine.watched(), *mine.unclear()]
    due = [job for job in watched if _is_due(job, connection, now)]
    if not due or not _claim_reading(connection, now):
        return 0
    machine.mark_polled(due, now)
    seen = read_history(connection)
    if seen is None:
        return 0
    shown = [job for job in watched if job.upstream_id in seen]
    machine.mark_polled(shown, now)
    hidden = [job for job in due if job.upstream_id not in seen]
    for job in hidden:
        _ask(connection, job)
    return len(shown) + len(hidden)


def _claim_reading(connection: Connection, now: datetime) -> bool:
    """The history is read once in a tick, whichever worker takes the turn: all jobs share what it says."""
    tick = timedelta(seconds=connection.poll_seconds * 0.9)
    just_read = Q(history_tried_at__gt=now - tick, history_tried_at__lte=now + tick)
    return compare_and_set(Connection.objects.exclude(just_read), connection, history_tried_at=now)


def _is_due(job: Job, connection: Connection, now: datetime) -> bool:
    """A young job is looked at often, an old one every 15 s, one that needs attention ever more rarely, at last once
    an hour; the sandbox costs nothing to ask.
    """
    if job.polled_at is None:
        return True
    if connection.is_sandbox:
        pause, longest = float(connection.poll_seconds), LONGEST_PAUSE
    else:
        since = job.state_since if job.has_unclear_end else (job.accepted_at or job.created_at)
        pause = max((now - since).total_seconds() / 10, connection.poll_seconds)
        longest = LONGEST_UNCLEAR if job.has_unclear_end else LONGEST_PAUSE
    return now - job.polled_at >= min(timedelta(seconds=pause), longest)


def read_history_when_due(connection: Connection) -> None:
    """With nothing running, too; sooner while the outcome of a request is in doubt."""
    now, tried = timezone.now(), connection.history_tried_at
    if connection.state == Connection.State.PAUSED:
        is_due = connection.key_retry_at is None or now >= connection.key_retry_at
    else:
        is_due = tried is None or now >= _next_reading(connection, tried, connection.history_read_at, now)
    if not is_due:
        return
    as_read = Connection.objects.filter(history_tried_at=tried)
    if compare_and_set(as_read, connection, history_tried_at=now):  # else another worker reads it
        read_history(connection)


def _next_reading(
    connection: Connection, tried: datetime, read_at: datetime | None, now: datetime
) -> datetime:
    if read_at is None or tried > read_at:  # the last try failed
        return tried + HISTORY_RETRY
    doubtful = Submission.objects.filter(connection=connection, state__in=DOUBTFUL)
    newest: datetime | None = doubtful.aggregate(at=Max("lost_at"))["at"]
    if newest is None:
        return read_at + HISTORY_EVERY
    return read_at + min(max((now - newest) / 10, SHORTEST_DOUBT), HISTORY_EVERY)


def read_history(connection: Connection) -> dict[str, JobReport] | None:
    """Mirror the newest rows of the history: job id → report. None when the studio did not give them.

    What the rows say of our jobs is taken over, also of those that nobody watches any more: a late refund is
    still a refund. Then the requests in doubt are looked for among them.
    """
    asked_at = timezone.now()
    try:
        history = engine_for(connection).history(HISTORY_ROWS)
    except StudioError as error:
        note_failed_read(connection, error)
        match_lost_requests(connection)  # what cannot be read for long is asked of a person
        return None
    note_answer(connection)
    note_clock(connection, history.server_time, asked_at)
    seen = {told.job_id: told for told in history.jobs}
    changed = mirror_history(connection, history, asked_at)
    watched = Job.objects.filter(connection=connection, upstream_id__in=seen)
    unclear = Q(state=JobState.ATTENTION)
    for job in watched.filter(Q(state__in=WATCHED) | unclear | Q(pk__in=changed)):
        machine.report(job, seen[job.upstream_id or ""])
    match_lost_requests(connection)
    return seen


def _ask(connection: Connection, job: Job) -> None:
    """One status call, for a job that the history does not show."""
    try:
        machine.report(job, engine_for(connection).status(job.upstream_id or ""))
    except NotFound:
        machine.miss(job)
    except StudioError as error:
        note_failed_read(connection, error)
