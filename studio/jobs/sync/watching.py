"""Idempotent steps by which the worker polls running jobs and mirrors the history."""

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

HISTORY_EVERY = timedelta(minutes=2)  # even if nothing is running, so that clips made elsewhere show up
HISTORY_RETRY = timedelta(seconds=5)  # after a failed reading
SHORTEST_DOUBT = timedelta(seconds=3)
LONGEST_PAUSE = timedelta(seconds=15)  # between two polls of a running job
LONGEST_UNCLEAR = timedelta(hours=1)  # between two polls of a job that needs attention


def poll(connection: Connection) -> int:
    """Poll all running jobs, if one of them is due. Returns how many were polled.

    One history call covers up to a hundred of them. Only jobs that it does not show get a status call each, when they
    are due themselves.
    """
    now = timezone.now()
    if connection.state == Connection.State.PAUSED:  # ``read_history_when_due`` tests its key
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
    """The history is read once per tick, by whichever worker is first: all jobs use the result."""
    tick = timedelta(seconds=connection.poll_seconds * 0.9)
    just_read = Q(history_tried_at__gt=now - tick, history_tried_at__lte=now + tick)
    return compare_and_set(Connection.objects.exclude(just_read), connection, history_tried_at=now)


def _is_due(job: Job, connection: Connection, now: datetime) -> bool:
    """A young job is polled often, an old one every 15 s, one that needs attention ever more rarely, down to once an
    hour. The sandbox costs nothing to poll.
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
    """Read the history even if nothing is running; sooner while the outcome of a request is in doubt."""
    now, tried = timezone.now(), connection.history_tried_at
    if connection.state == Connection.State.PAUSED:
        is_due = connection.key_retry_at is None or now >= connection.key_retry_at
    else:
        is_due = tried is None or now >= _next_reading(connection, tried, connection.history_read_at, now)
    if not is_due:
        return
    as_read = Connection.objects.filter(history_tried_at=tried)
    if compare_and_set(as_read, connection, history_tried_at=now):  # otherwise another worker reads it
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
    """Mirror the newest rows of the history. Returns job id → report; None if it could not be read.

    The rows also update jobs that are no longer watched, because a late refund is still a refund. Then requests in
    doubt are matched with the rows.
    """
    asked_at = timezone.now()
    try:
        history = engine_for(connection).history(HISTORY_ROWS)
    except StudioError as error:
        note_failed_read(connection, error)
        match_lost_requests(connection)  # a person is asked if it cannot be read for long
        return None
    note_answer(connection)
    note_clock(connection, history.server_time, asked_at)
    seen = {report.job_id: report for report in history.jobs}
    changed = mirror_history(connection, history, asked_at)
    watched = Job.objects.filter(connection=connection, upstream_id__in=seen)
    unclear = Q(state=JobState.ATTENTION)
    for job in watched.filter(Q(state__in=WATCHED) | unclear | Q(pk__in=changed)):
        machine.report(job, seen[job.upstream_id or ""])
    match_lost_requests(connection)
    return seen


def _ask(connection: Connection, job: Job) -> None:
    """Make one status call, for a job that the history does not show."""
    try:
        machine.report(job, engine_for(connection).status(job.upstream_id or ""))
    except NotFound:
        machine.miss(job)
    except StudioError as error:
        note_failed_read(connection, error)
