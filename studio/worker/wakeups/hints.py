"""Sends wake-ups: every move of a job writes an event, and an event is a hint for the loop that continues with it.

So the web process, the worker's own loops and a script in a shell all wake the loops without knowing about a worker.
On PostgreSQL a hint is sent as NOTIFY; on SQLite the worker itself detects that something was written (see
``studio.worker.wakeups.listener``).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models.signals import post_save

from studio.jobs.models import Event
from studio.notify.telling import written
from studio.worker.wakeups.signals import Wakeups

log = logging.getLogger("dailies.worker")
CHANNEL = "dailies"
NEXT_LOOPS = {
    "queued": ("send",),
    "unknown": ("history", "restored"),
    "pending": ("poll", "sandbox"),
    "completed": ("archive",),
    "stored": ("look",),
}
_here: list[Wakeups] = []  # of the worker that runs in this process, if any


def connect() -> None:
    post_save.connect(_on_event, sender=Event, dispatch_uid="worker.hints")
    written.connect(_on_outbox, dispatch_uid="worker.hints")


@contextmanager
def connected_to(wakeups: Wakeups) -> Iterator[None]:
    _here.append(wakeups)
    try:
        yield
    finally:
        _here.remove(wakeups)


def _on_event(instance: Event, created: bool, **_: Any) -> None:
    """Send hints after the commit. Robust: a failing hint must not fail the change that it is about."""
    for name in NEXT_LOOPS.get(instance.what, ()) if created else ():
        transaction.on_commit(partial(wake, name), robust=True)


def _on_outbox(**_: Any) -> None:
    wake("deliver")


def wake(name: str) -> None:
    for wakeups in _here:
        wakeups.wake(name)
    if connection.vendor == "postgresql":
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, name])
        except DatabaseError as error:
            log.info("No wake-up for %s: %s", name, error)
