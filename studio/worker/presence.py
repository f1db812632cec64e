"""The presence of this worker process: other workers reap its claims within seconds after it was killed.

On SQLite a file lock allows only one worker (``studio.worker.single_instance``), so any other worker that a claim names
is gone. On PostgreSQL each worker writes a heartbeat every second. A worker that misses too many counts as gone,
although it may only be suspended or cut off from the database. Its late answer is still proof, and requests that it
claimed before are not sent any more (``studio.jobs.dispatch.sending.send``).
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import DatabaseError, connection, connections
from django.db.models.functions import Now

from studio.worker.models import Life

log = logging.getLogger("dailies.worker")
BEAT = 1.0  # seconds
GONE_AFTER = timedelta(seconds=6)
FORGET_AFTER = timedelta(hours=1)


class Presence:
    """The presence of this process. Claims name ``life``, because process ids are reused, above all in containers."""

    def __init__(self) -> None:
        self.life = uuid4()
        self._beat_at = 0.0  # wall clock, because it goes on while the process is suspended

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the process present within the block, even while it waits for its last answer."""
        if not _counts_beats():
            yield
            return
        self.beat()
        Life.objects.filter(beat_at__lt=Now() - FORGET_AFTER).delete()
        over = threading.Event()
        thread = threading.Thread(target=self._keep_beating, args=(over,), name="presence", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(BEAT)
            with suppress(DatabaseError):  # it counts as gone a few seconds later then
                Life.objects.filter(pk=self.life).delete()
            connections.close_all()

    def beat(self) -> None:
        at = time.time()
        if not Life.objects.filter(pk=self.life).update(beat_at=Now()):
            Life.objects.create(pk=self.life)
        self._beat_at = at

    def beat_if_late(self) -> None:
        """Call it before a claim: a process that was suspended must be present again, or its claim would be reaped."""
        if _counts_beats() and abs(time.time() - self._beat_at) > 2 * BEAT:
            self.beat()

    def gone(self, lives: set[UUID]) -> set[UUID]:
        """The workers in ``lives`` that are known to have ended; never this one."""
        others = lives - {self.life}
        if not others or not _counts_beats():
            return others
        there = Life.objects.filter(beat_at__gt=Now() - GONE_AFTER, beat_at__lt=Now() + GONE_AFTER)
        return others - set(
            there.values_list("pk", flat=True)
        )  # the upper bound excludes heartbeats from before the clock was set back

    def _keep_beating(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            try:
                self.beat()
            except DatabaseError as error:
                log.info("The heartbeat could not be written: %s", error)
                connections.close_all()
        connections.close_all()


def _counts_beats() -> bool:
    return connection.vendor == "postgresql"
