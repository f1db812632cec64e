"""Handles a clock that was set back. Stored times are then in the future, and work that waits for them would wait for
as long as the clock was wrong: an hour, for example, if a time zone was corrected.

The worker detects it within a second by the monotonic clock, and at its own start by the last heartbeat of this
machine. It moves times in the future back by the same amount. Other times stay: several hosts may share the tables,
and for a host whose clock is right only what is due later is in the future.

If the clock is set forward, everything is due early. That is harmless: a lease that runs out early makes a request
unknown, but never sends it twice, and its late answer is still proof.
"""

import logging
import socket
import time
from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F
from django.utils import timezone

from studio.catalog.models import Connection
from studio.credits.models import BalanceReading
from studio.jobs.models import Attempt, HistoryRecord, Job, JobFile, Submission
from studio.notify.models import Delivery
from studio.worker.models import Heartbeat

log = logging.getLogger("dailies.worker")
SMALLEST = 2.0  # seconds: shorter waits do not matter, and a synchronized clock is slewed, not set
ONCE_WITHIN = 10  # seconds in which all workers of a machine detect the same change

# Times that steps wait for, or compare with each other or the present. All other times only record what happened.
MOMENTS: dict[type[models.Model], tuple[str, ...]] = {
    Connection: (
        "send_after",
        "key_retry_at",
        "state_since",
        "models_tried_at",
        "models_read_at",
        "refresh_asked_at",
        "history_read_at",
        "history_tried_at",
        "test_asked_at",
        "test_begun_at",
        "tested_at",
    ),
    Submission: ("lease_until", "send_after", "sent_at", "answered_at", "lost_at", "created_at"),
    Attempt: ("at",),
    Job: (
        "state_since",
        "word_since",
        "created_at",
        "accepted_at",
        "finished_at",
        "polled_at",
        "archive_after",
    ),
    JobFile: ("extras_after",),
    HistoryRecord: ("seen_at",),
    BalanceReading: ("at", "confirmed_at", "asked_at", "confirmed_asked_at"),
    Delivery: ("next_at",),
    Heartbeat: ("at",),
}


def begin() -> None:
    """Called when a worker starts: the clock may have been set back while none ran."""
    last = _beats_here().order_by("-at").first()
    ahead = last.at - timezone.now() if last else timedelta()
    if ahead.total_seconds() > SMALLEST:
        _correct(ahead)


class Clock:
    """The clock of this machine, watched by one worker process."""

    def __init__(self) -> None:
        self._offset = _offset()

    def look(self) -> None:
        """Check the clock once. If the database fails, the next call tries again."""
        offset = _offset()
        if self._offset - offset > SMALLEST:
            _correct(timedelta(seconds=self._offset - offset))
        self._offset = offset


def _offset() -> float:
    return time.time() - time.monotonic()


def _beats_here() -> models.QuerySet[Heartbeat]:
    """Heartbeats of workers on this machine; over SQLite there are no others."""
    if connection.vendor == "sqlite":
        return Heartbeat.objects.all()
    return Heartbeat.objects.filter(name__startswith=sign_of_this_host())


def sign_of_this_host() -> str:
    """The prefix of the names of this machine's workers."""
    return f"{socket.gethostname()}:"


@transaction.atomic
def _correct(by: timedelta) -> None:
    """Move stored times back, unless another worker of this machine did. Raises DatabaseError if that failed."""
    if _is_first():
        move_back(by)
        cache.clear()  # its limits and pauses depend on the clock, too
        _is_first()
        log.warning(
            "The clock was set back by %.0f s. Stored times were moved back, too.", by.total_seconds()
        )


def _is_first() -> bool:
    """True for the first worker of this machine; all of them detect the change within a second or two."""
    mark = f"clock-{socket.gethostname()}-{int(time.time()) // ONCE_WITHIN}"
    if cache.add(mark, 1, ONCE_WITHIN):
        return True
    if cache.get(mark) is None:
        raise DatabaseError("The cache cannot be written.")
    return False


@transaction.atomic
def move_back(by: timedelta) -> None:
    now = timezone.now()
    for model, names in moments().items():
        for name in names:
            model._default_manager.filter(**{f"{name}__gt": now}).update(**{name: F(name) - by})


def moments() -> dict[type[models.Model], tuple[str, ...]]:
    from studio.sandbox.models import SandboxJob  # noqa: PLC0415 - only a sandbox needs it

    return {**MOMENTS, SandboxJob: ("lease_until", "finish_at", "created_at", "started_at")}
