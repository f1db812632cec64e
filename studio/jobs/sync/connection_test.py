"""The test of a connection on an admin's request: reads that cost nothing, and their result."""

from datetime import datetime

from django.utils import timezone

from studio.catalog import refresh
from studio.catalog.connections import clear_trouble
from studio.catalog.models import Connection
from studio.core.rows import compare_and_set
from studio.credits.balance import latest, note_balance
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Submission
from studio.jobs.states import SubmissionState
from studio.jobs.sync import watching


def try_connection(connection: Connection) -> None:
    """Read models and history once and store the result.

    If both can be read, requests that a refused key held back are released. Only the next request shows whether the
    key may generate, too.
    """
    started = timezone.now()
    trouble = _trouble(connection)
    if not trouble:
        clear_trouble(connection)
        _release_blocked_by_key(connection)
    _conclude(connection, started, trouble)


def _trouble(connection: Connection) -> str:
    """The problem as a sentence, "" if everything could be read."""
    asked_at = timezone.now()
    found = refresh.refresh(connection)
    if found is None:
        return _now(connection).models_error
    note_balance(connection.pk, found.credits_remaining, asked_at=asked_at)
    if watching.read_history(connection) is None:
        reason = _now(connection).state_reason
        return f"The models can be read, the history cannot: {reason}"
    return _now(connection).models_error  # an answer without a single model counts as a problem


def _now(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def _release_blocked_by_key(connection: Connection) -> None:
    """blocked → queued for requests that the key held back, but not for those that lack credits."""
    held = Submission.objects.filter(
        connection=connection, state=SubmissionState.BLOCKED, blocked_for__isnull=True
    )
    for submission in held:
        try:
            machine.unblock(submission, "The key works again.")
        except Moved:
            continue


def _conclude(connection: Connection, started: datetime, trouble: str) -> None:
    """Store the result. If another test was requested in the meantime, maybe with another key, that one still runs."""
    as_read = Connection.objects.filter(test_asked_at=connection.test_asked_at)
    compare_and_set(
        as_read,
        connection,
        tested_at=max(started, connection.test_asked_at or started),
        test_passed=not trouble,
        test_result=trouble or _summary(connection),
    )


def _summary(connection: Connection) -> str:
    number = connection.models.offered().count()
    reading = latest(connection.pk)
    credits = f"{reading.credits:,} credits left" if reading else "balance unknown"
    return f"It works: {number} model{'' if number == 1 else 's'}, {credits}."
