"""The state that decides whether a poll has news: read by one small query, at most four times a second per process."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import blake2s
from typing import Any

from django.db import Error, close_old_connections
from django.db.models import QuerySet, Subquery, Sum
from django.utils import timezone

from studio.catalog.models import Connection
from studio.jobs.models import Revision
from studio.team.models import SessionsEnded
from studio.worker.models import SILENT_AFTER, Heartbeat

FRESH = 0.25  # seconds for which a copy is used
PAUSE = 1.0  # seconds until a database that failed is tried again


@dataclass(frozen=True, slots=True)
class Pulse:
    """``notices`` is a digest of the state that dashboard.notices depends on.

    ``sessions_ended`` is the number of ended sessions per member; members without any are missing.
    """

    revision: int
    notices: str
    sessions_ended: Mapping[int, int] = field(compare=False)

    @classmethod
    def read(cls, before: "Pulse | None" = None) -> "Pulse | None":
        """None if there is no connection yet. Raises django.db.Error."""
        now, found = timezone.now(), list(_statement().all())
        if not found:
            return None
        revision, all_ended, worker_seen = found[0][:3]
        worker_is_silent = worker_seen is None or abs(now - worker_seen) > SILENT_AFTER
        connections = [_connection(*row[3:], now=now) for row in found]
        # Read again only if the total changed. It may already include a later one, which does no harm.
        ended = before.sessions_ended if before else {}
        if sum(ended.values()) != (all_ended or 0):
            ended = dict(SessionsEnded.objects.values_list("member", "count"))
        return cls(revision or 0, _digest((worker_is_silent, connections)), ended)


@cache
def _statement() -> QuerySet[Any, tuple[Any, ...]]:
    """One row per connection. Cached and copied with ``all()``, so that its columns are resolved only once."""
    ended = SessionsEnded.objects.order_by().annotate(all=Sum("count")).values("all")
    ended.query.group_by = None
    return Connection.objects.order_by("pk").values_list(
        Subquery(Revision.objects.filter(pk=1).values("value")),
        Subquery(ended),
        Subquery(Heartbeat.objects.order_by("-at").values("at")[:1]),
        *("send_after", "pk", "is_default", "state", "state_since", "paused_since", "held_since"),
    )


def _connection(send_after: datetime | None, *facts: object, now: datetime) -> tuple[object, ...]:
    """Drops a ``send_after`` that has passed: a wait ends without any row changing."""
    return (send_after if send_after and send_after > now else None, *facts)


def _digest(facts: object) -> str:
    return blake2s(repr(facts).encode(), digest_size=6).hexdigest()


class CannotRead(Exception):
    """The database is unavailable, or was less than PAUSE ago."""


class Copy:
    """This process's copy of the pulse. The first request that finds it outdated reads it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # One tuple, so that a reader without the lock never gets an old pulse with a new time.
        self._latest: tuple[Pulse | None, float] = (None, float("-inf"))
        self._failed_at = float("-inf")

    def pulse(self) -> Pulse | None:
        """The pulse, at most FRESH seconds old; None without a connection. Raises CannotRead.

        Threads that waited here while another one failed do not try as well: each attempt can block a thread until
        its timeout.
        """
        with self._lock:
            if self.is_failing():
                raise CannotRead
            now = time.monotonic()  # taken before reading, so that later commits are not missed
            pulse, read_at = self._latest
            if now - read_at > FRESH:
                pulse = self._read(pulse)
                self._latest = (pulse, now)
            return pulse

    def _read(self, before: Pulse | None) -> Pulse | None:
        try:
            return _read_outside_a_request(before)
        except Error as error:
            self._failed_at = time.monotonic()
            raise CannotRead from error

    def is_failing(self) -> bool:
        return time.monotonic() - self._failed_at < PAUSE

    def if_fresh(self) -> Pulse | None:
        """The last pulse, or None if it is older than FRESH."""
        pulse, read_at = self._latest
        return pulse if time.monotonic() - read_at <= FRESH else None


def _read_outside_a_request(before: Pulse | None) -> Pulse | None:
    """Closes broken and expired database connections before and after, as Django does around a request."""
    close_old_connections()
    try:
        return Pulse.read(before)
    finally:
        close_old_connections()
