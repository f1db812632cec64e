"""After a restore: requests that the backup has as waiting may have been sent since, so nothing is sent until we know.

The hold of a connection (``held_since``; ``held_from``: when the backup was taken) is set in the transaction that
puts the backup in place. It ends automatically only on proof: two readings of the history, some time apart, that both
reach back to before the backup and have no row that a waiting request could have made. Otherwise an admin ends it.

Requests that are repeated with an Idempotency-Key or from an open form are checked against the history for one more
day: see ``studio.jobs.sync.repeated``.

The sandbox is held as well. Its account is in the same database and went back with it, so its history is complete, and
two readings of it prove that nothing was sent.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from studio.audit.log import record
from studio.catalog.models import Connection
from studio.contract.answers import JobReport
from studio.core.rows import compare_and_set
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Event, Job, Revision, Submission
from studio.jobs.states import DOUBTFUL, SubmissionState
from studio.jobs.sync.repeated import KEYS_LAST, READINGS_APART, could_be, earliest, reaches_back
from studio.jobs.sync.watching import read_history

KEPT = 24 * 60 * 60  # seconds that the cache keeps the first good reading
WAITING = (SubmissionState.QUEUED, SubmissionState.BLOCKED)
REVIVED = (*WAITING, SubmissionState.SENDING, *DOUBTFUL)


def check_restored(connection: Connection) -> bool:
    """Check a held connection. Returns True if its hold ended. Costs at most one call to the studio per minute."""
    if connection.held_since is None:
        return False
    if not _revived(connection).exists():
        return _end_hold(connection, "The backup has no waiting requests. " + _covered(connection))
    if not cache.add(_key(connection, "turn"), 1, READINGS_APART.total_seconds()):
        return False
    asked_at = timezone.now()
    seen = read_history(connection)
    if seen is None:
        return False
    connection.refresh_from_db()
    if connection.held_since is None:
        return False
    _doubt_what_may_be_sent(connection, seen.values())
    if not _proves_nothing_was_sent(connection, seen.values()):
        cache.delete(_key(connection, "proof"))
        return False
    if cache.add(_key(connection, "proof"), asked_at, KEPT):
        return False
    if asked_at - cache.get(_key(connection, "proof"), asked_at) < READINGS_APART:
        return False
    reason = "The studio's history shows that nothing was sent since the backup."
    return _end_hold(connection, reason, is_whole=not connection.is_sandbox)


def release_hold(connection: Connection, person: Any) -> bool:
    """An admin sends what waits and accepts that it may be charged twice. Returns False if nothing was held."""
    return _end_hold(
        connection, "Sent again on request. The studio may have newer clips than the backup.", person
    )


def _covered(connection: Connection) -> str:
    """What is still protected after a hold that ended without proof, as a sentence."""
    if connection.is_sandbox:
        return "Nothing can be sent twice."
    until = timezone.localtime(connection.hold.until + KEYS_LAST)
    return f"Until {until:%Y-%m-%d %H:%M}, repeated requests are compared with the studio's history first."


def hold_statements(taken_at: datetime, revision: int, vendor: str) -> Iterator[str]:
    """SQL for the transaction that puts a backup in place: holds every queue, and advances all revisions.

    It is SQL because the models cannot be used yet: the backup's tables may be older than the code. ``taken_at`` is
    UTC. Requests dated in the future were made while the clock was ahead; they, too, are older than the restore.
    """
    moment = timezone.now()
    before = moment - timedelta(seconds=1)
    now, earlier, then = (_literal(at, vendor) for at in (moment, before, min(taken_at, moment)))
    held = Connection._meta.db_table
    yield (
        f"UPDATE {held} SET held_since = {now}, held_from = "  # noqa: S608 - our own names and times
        f"CASE WHEN held_from < {then} THEN held_from ELSE {then} END"
    )
    asked = Submission._meta.db_table
    yield f"UPDATE {asked} SET created_at = {earlier} WHERE created_at >= {earlier}"  # noqa: S608
    yield f"UPDATE {Revision._meta.db_table} SET value = {int(revision)} WHERE id = 1"  # noqa: S608


def _literal(moment: datetime, vendor: str) -> str:
    """A time as Django writes it to this database; all of ours are UTC."""
    return f"'{moment:%Y-%m-%d %H:%M:%S.%f}{'' if vendor == 'sqlite' else '+00:00'}'"


def _revived(connection: Connection) -> QuerySet[Submission]:
    """Unsettled requests of the backup. Requests made after the restore cannot have been sent before it."""
    mine = Submission.objects.filter(connection=connection, created_at__lt=connection.held_since)
    return mine.filter(state__in=REVIVED)


def _doubt_what_may_be_sent(connection: Connection, rows: Iterable[JobReport]) -> None:
    """queued, blocked → unknown for requests that a row without a job could belong to. The matching settles them."""
    since, until = connection.hold.since, timezone.now()
    unclaimed = list(_unclaimed(connection, rows))
    for submission in _revived(connection).filter(state__in=WAITING).order_by("id"):
        if any(could_be(submission, row) for row in unclaimed):
            try:
                machine.doubt(submission, since, until)
            except Moved:
                continue


def _unclaimed(connection: Connection, rows: Iterable[JobReport]) -> Iterator[JobReport]:
    """Rows made since the backup, or without a time, that no job of ours has."""
    recent = [
        row
        for row in rows
        if row.created_at is None or row.created_at >= earliest(connection, connection.hold.since)
    ]
    ids = [row.job_id for row in recent]
    ours = Job.objects.filter(connection=connection, upstream_id__in=ids)
    taken = set(ours.values_list("upstream_id", flat=True))
    return (row for row in recent if row.job_id not in taken)


def _proves_nothing_was_sent(connection: Connection, rows: Iterable[JobReport]) -> bool:
    """True if nothing is in doubt, every row could be read, and they reach back to before the backup."""
    if _revived(connection).exclude(state__in=WAITING).exists():
        return False
    return connection.is_sandbox or reaches_back(connection, rows, connection.hold)


@transaction.atomic
def _end_hold(connection: Connection, reason: str, person: Any = None, *, is_whole: bool = False) -> bool:
    """End the hold and note the reason on every waiting clip. Returns False if someone else ended it. ``is_whole``: the
    history was read completely.
    """
    if connection.held_since is None:
        return False
    as_read = Connection.objects.filter(held_since=connection.held_since)
    if not compare_and_set(as_read, connection, **_ended(connection, is_whole)):
        return False
    waiting = Job.objects.filter(connection=connection, submission__state__in=WAITING)
    for job in waiting:
        Event.objects.create(job=job, what="released", detail=reason, person=person)
    waiting.update(rev=Revision.bump())
    connection.refresh_from_db()
    if person:
        record("connection.released", by=person, about=f"connection:{connection.pk}", name=connection.name)
    return True


def _ended(connection: Connection, is_whole: bool) -> dict[str, datetime | None]:
    """The fields of a connection after its hold. Repeated requests are checked against the time from the backup to the
    restore, and so are requests that still wait for approval.
    """
    since, until = connection.hold.since, connection.hold.until
    mine = Submission.objects.filter(connection=connection)
    if not connection.is_sandbox:
        to_approve = mine.filter(state=SubmissionState.APPROVAL, created_at__lt=until, doubt_from=None)
        to_approve.update(doubt_from=since, doubt_until=until)
    open_doubts = mine.filter(state__in=(SubmissionState.APPROVAL, SubmissionState.UNKNOWN))
    earlier = [since, open_doubts.aggregate(at=Min("doubt_from"))["at"]]
    if connection.restored_at and connection.restored_at > until - KEYS_LAST:
        earlier.append(connection.restored_from)
    return {
        "held_since": None,
        "held_from": None,
        "restored_at": until,
        "restored_from": min(moment for moment in earlier if moment),
        "restored_read_at": None,
        "restored_whole_at": timezone.now() if is_whole else None,
    }


def _key(connection: Connection, what: str) -> str:
    """A cache key that is new for each restore."""
    return f"restored-{connection.pk}-{connection.hold.until.timestamp()}-{what}"
