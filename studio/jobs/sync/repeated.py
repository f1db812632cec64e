"""After a backup was restored: a request that is sent again may be one that the backup does not know.

A script repeats a request under its Idempotency-Key, a person presses the button of a form that was open all the time.
Where the tables know the token, the answer is the same clip. After a restore they may have forgotten it, and the studio
may have been paid. So for as long as keys are remembered, a request whose token may be older than the restore begins as
*unknown*: sent some time between the backup and the restore, or never. Like any lost answer it is linked if exactly one
row of the history fits. It is sent only once the history, read twice and back to before the backup, holds nothing that
could be it. Else a person decides.
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
from studio.jobs.intents import CLOCKS_APART, issued_at
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.matching.lost_requests import match_lost_requests
from studio.jobs.models import HistoryRecord, Job, Submission
from studio.jobs.states import SubmissionState
from studio.jobs.sync.watching import read_history

KEYS_LAST = timedelta(hours=24)  # how long an Idempotency-Key is remembered, and so may be repeated
READINGS_APART = timedelta(seconds=60)
READS_BY_ITSELF = timedelta(minutes=30)  # so long after a restore also while nobody repeats anything
MARGIN = timedelta(seconds=10)  # the Date header counts whole seconds, and so may the times of rows
MARGIN_UNKNOWN_CLOCK = timedelta(minutes=15)


def forgotten(connection: Connection) -> BackupGap | None:
    """What repeated requests are compared with at present. None: nothing was restored lately, or what was made went
    back with the database.

    Of the whole installation: a connection that was added since the restore may have been there before it.
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
    """When the request with that token, which the tables do not know, may have been sent all the same."""
    span, issued = forgotten(connection), issued_at(token)
    return None if span and issued and issued > span.until + CLOCKS_APART else span


def doubted(connection: Connection) -> QuerySet[Submission]:
    """Those that began as unknown and are not settled."""
    unknown = Submission.objects.filter(connection=connection, state=SubmissionState.UNKNOWN)
    return unknown.filter(doubt_from__isnull=False).order_by("id")


def check_repeated(connection: Connection) -> bool:
    """One look at what was repeated since a restore. True when something moved.

    Costs a call to the studio once a minute, until two of them have shown all that was made since the backup.
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
    """Whether anything is repeated, or to be prepared for it, at any connection."""
    lately = timezone.now() - READS_BY_ITSELF
    unknown = Submission.objects.filter(state=SubmissionState.UNKNOWN, doubt_from__isnull=False)
    return Connection.objects.filter(restored_at__gt=lately).exists() or unknown.exists()


def earliest(connection: Connection, since: datetime) -> datetime:
    """On the studio's clock, the moment from which on a row may be unknown to a backup taken at ``since``."""
    return since + timedelta(seconds=connection.clock_skew or 0) - _margin(connection)


def could_be(submission: Submission, row: JobReport) -> bool:
    """Not ruled out by the row: the reconciler and people need more than that to call them the same."""
    request = submission.generate_request
    return (not row.prompt or same_prompt(request, row)) and not contradicts(request, row)


def reaches_back(connection: Connection, rows: Iterable[JobReport], span: BackupGap) -> bool:
    """Every row could be read, and they begin before the backup."""
    new = HistoryRecord.objects.filter(connection=connection, seen_at__gte=span.until)
    if new.exclude(unreadable_reason="").exists():
        return False
    dated = [row.created_at for row in rows if row.created_at]
    return bool(dated) and min(dated) < earliest(connection, span.since)


def _span(connection: Connection) -> BackupGap | None:
    """What the history must cover now: for open doubts, and ahead of them."""
    open_ones = [submission.doubt for submission in doubted(connection)]
    ahead = forgotten(connection)
    if ahead and (open_ones or ahead.until > timezone.now() - READS_BY_ITSELF):
        open_ones.append(ahead)
    if not open_ones:
        return None
    return BackupGap(min(one.since for one in open_ones), max(one.until for one in open_ones))


def _is_whole(connection: Connection, span: BackupGap) -> bool:
    whole_at = connection.restored_whole_at
    return whole_at is not None and whole_at > span.until


def _read_on(connection: Connection, span: BackupGap) -> None:
    """One more reading; the second that reaches back, apart in time from the first, is enough."""
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
    """unknown → queued for all that no row without a job could have come from."""
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
