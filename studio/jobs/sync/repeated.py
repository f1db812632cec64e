"""Repeated requests after a restore: a request that is sent again may be one that the backup does not know.

A script repeats a request under its Idempotency-Key, or a person submits a form that was open all the time. If the
tables know the token, the answer is the same clip. After a restore they may not, although the studio may have been
paid. So as long as keys are remembered, a request whose token may be older than the restore starts as *unknown*: sent
at some time between the backup and the restore, or never. Like any lost answer it is linked if exactly one row of the
history fits. It is sent only after two readings of the history, back to before the backup, have no row that could be
it. Otherwise a person decides.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone

from studio.catalog.models import BackupGap, Connection
from studio.contract.answers import JobReport
from studio.contract.decode import decode_row
from studio.contract.matching import contradicts, same_prompt
from studio.jobs.intents import MOST_CLOCK_DIFFERENCE, issued_at
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.matching.lost_requests import match_lost_requests
from studio.jobs.models import HistoryRecord, Job, Submission
from studio.jobs.states import SubmissionState
from studio.jobs.sync.watching import read_history

KEYS_LAST = timedelta(hours=24)  # how long an Idempotency-Key is remembered and may be repeated
READINGS_APART = timedelta(seconds=60)
READS_UNPROMPTED = timedelta(
    minutes=30
)  # after a restore the history is read for this long, even without repeats
MARGIN = timedelta(seconds=10)  # the Date header and the times of rows may have whole seconds only
MARGIN_UNKNOWN_CLOCK = timedelta(minutes=15)


def forgotten(connection: Connection) -> BackupGap | None:
    """The time that repeated requests are checked against now. None if there was no recent restore, or for the sandbox,
    whose clips went back with the database.

    It covers the whole installation: a connection that was added after the restore may have existed before it.
    """
    if connection.is_sandbox:
        return None
    lately = Q(held_since__isnull=False) | Q(restored_at__gt=timezone.now() - KEYS_LAST)
    spans = Connection.objects.filter(lately).values_list(
        "held_from", "held_since", "restored_from", "restored_at"
    )
    since = [moment for span in spans for moment in span[::2] if moment]
    until = [moment for span in spans for moment in span[1::2] if moment]
    return BackupGap(min(since), max(until)) if since and until else None


def may_be_forgotten(connection: Connection, token: UUID) -> BackupGap | None:
    """When a request with that token may have been sent, although the tables do not know it; None if it cannot have."""
    span, issued = forgotten(connection), issued_at(token)
    return None if span and issued and issued > span.until + MOST_CLOCK_DIFFERENCE else span


def doubted(connection: Connection) -> QuerySet[Submission]:
    """Requests that started as unknown after a restore and are not settled."""
    unknown = Submission.objects.filter(connection=connection, state=SubmissionState.UNKNOWN)
    return unknown.filter(doubt_from__isnull=False).order_by("id")


def check_repeated(connection: Connection) -> bool:
    """Check the requests that were repeated since a restore. Returns True if something moved.

    Costs one call to the studio per minute, until two of them have shown everything made since the backup.
    """
    if connection.is_sandbox or connection.held_since:
        return False
    span = _span(connection)
    if span is None:
        return False
    moved = match_lost_requests(connection)
    if not _is_whole(connection, span):
        _read_on(connection, span)
    if _is_whole(connection, span):
        moved += _send_what_cannot_be_there(connection)
    return moved > 0


def is_checking() -> bool:
    """Whether any connection has repeated requests, or was restored so recently that some may come."""
    lately = timezone.now() - READS_UNPROMPTED
    unknown = Submission.objects.filter(state=SubmissionState.UNKNOWN, doubt_from__isnull=False)
    return Connection.objects.filter(restored_at__gt=lately).exists() or unknown.exists()


def earliest(connection: Connection, since: datetime) -> datetime:
    """The time on the studio's clock from which a row may be unknown to a backup taken at ``since``."""
    return since + timedelta(seconds=connection.clock_skew or 0) - _margin(connection)


def could_be(submission: Submission, row: JobReport) -> bool:
    """True unless the row rules it out. Linking the two needs more than that."""
    request = submission.generate_request
    return (not row.prompt or same_prompt(request, row)) and not contradicts(request, row)


def reaches_back(connection: Connection, rows: Iterable[JobReport], span: BackupGap) -> bool:
    """True if every row could be read, and the oldest is from before the backup."""
    new = HistoryRecord.objects.filter(connection=connection, seen_at__gte=span.until)
    if new.exclude(unreadable_reason="").exists():
        return False
    dated = [row.created_at for row in rows if row.created_at]
    return bool(dated) and min(dated) < earliest(connection, span.since)


def _span(connection: Connection) -> BackupGap | None:
    """The time that the history must cover now: for open doubts, and for repeats that may come."""
    open_ones = [submission.doubt for submission in doubted(connection)]
    ahead = forgotten(connection)
    if ahead and (open_ones or ahead.until > timezone.now() - READS_UNPROMPTED):
        open_ones.append(ahead)
    if not open_ones:
        return None
    return BackupGap(min(one.since for one in open_ones), max(one.until for one in open_ones))


def _is_whole(connection: Connection, span: BackupGap) -> bool:
    whole_at = connection.restored_whole_at
    return whole_at is not None and whole_at > span.until


def _read_on(connection: Connection, span: BackupGap) -> None:
    """Read the history again. Two readings that reach back far enough, some time apart, are enough."""
    if not cache.add(f"repeated-{connection.pk}", 1, READINGS_APART.total_seconds()):
        return
    asked_at, seen = timezone.now(), read_history(connection)
    connection.refresh_from_db()
    if seen is None or connection.held_since or not reaches_back(connection, seen.values(), span):
        return
    first = connection.restored_read_at
    if first is None or first <= span.until:
        connection.restored_read_at = asked_at
    elif asked_at - first >= READINGS_APART:
        connection.restored_whole_at = asked_at
    connection.save(update_fields=["restored_read_at", "restored_whole_at"])


def _send_what_cannot_be_there(connection: Connection) -> int:
    """unknown → queued for requests that no row without a job could belong to."""
    open_ones, moved = list(doubted(connection)), 0
    rows = _rows_without_a_job(connection, min(one.doubt.since for one in open_ones)) if open_ones else []
    for submission in open_ones:
        latest = submission.doubt.until + timedelta(seconds=connection.clock_skew or 0) + _margin(connection)
        theirs = [row for row in rows if row.created_at is None or row.created_at <= latest]
        if not any(could_be(submission, row) for row in theirs):
            try:
                machine.clear(submission)
                moved += 1
            except Moved:
                continue
    return moved


def _rows_without_a_job(connection: Connection, since: datetime) -> list[JobReport]:
    taken = Job.objects.filter(connection=connection, upstream_id__isnull=False).values("upstream_id")
    free = HistoryRecord.objects.filter(connection=connection, job=None, unreadable_reason="")
    made = free.filter(made_at__gte=earliest(connection, since)).exclude(upstream_id__in=taken)
    return [decode_row(row.upstream_id, row.raw, connection.base_url) for row in made]


def _margin(connection: Connection) -> timedelta:
    known = connection.clock_skew is not None or connection.is_sandbox
    return MARGIN if known else MARGIN_UNKNOWN_CLOCK
