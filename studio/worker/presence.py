"""That this worker process is there: others reap the claims of one that is not, seconds after it was killed.

On SQLite a file lock lets one worker run (``studio.worker.single_instance``): every other one that a claim names has
ended. On PostgreSQL each worker writes a sign of life every second. A worker that misses too many counts as gone,
though it may only be stopped, or cut off from the database: its late answer is still proof, and what it claimed
before it fell silent it does not send (``studio.jobs.dispatch.sending.send``).
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
    """Of this process. ``life`` is what its claims name: a process id comes back, in a container the same one."""

    def __init__(self) -> None:
        self.life = uuid4()
        self._beat_at = 0.0  # by the clock on the wall, which goes on while the process is stopped

    @contextmanager
    def kept(self) -> Iterator[None]:
        """While this is open the process is seen to be there; also while it waits for its last answer."""
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
            with suppress(DatabaseError):  # then it counts as gone a few seconds later
                Life.objects.filter(pk=self.life).delete()
            connections.close_all()

    def beat(self) -> None:
        at = time.time()
        if not Life.objects.filter(pk=self.life).update(beat_at=Now()):
            Life.objects.create(pk=self.life)
        self._beat_at = at

    def beat_if_late(self) -> None:
        """Before a claim: a process that was stopped must be seen to be back first, or the claim would be reaped."""
        if _counts_beats() and abs(time.time() - self._beat_at) > 2 * BEAT:
            self.beat()

    def gone(self, lives: set[UUID]) -> set[UUID]:
        """Those of other workers that have ended, as far as that is known."""
        others = lives - {self.life}
        if not others or not _counts_beats():
            return others
        there = Life.objects.filter(beat_at__gt=Now() - GONE_AFTER, beat_at__lt=Now() + GONE_AFTER)
        return others - set(
            there.values_list("pk", flat=True)
        )  # after a clock was set back none is in the future

    def _keep_beating(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            try:
                self.beat()
            except DatabaseError as error:
                log.info("No sign of life could be written: %s", error)
                connections.close_all()
        connections.close_all()


def _counts_beats() -> bool:
    return connection.vendor == "postgresql"
