"""The embedded worker: a few threads, each repeating one idempotent step until it is told to stop.

Everything a step needs stands in the database: a worker that dies loses nothing, and the next one goes on.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import close_old_connections, connections

from studio.catalog import refresh
from studio.catalog.connections import ask_test, default_connection, usable_connections
from studio.catalog.models import Connection
from studio.credits.balance import note_balance
from studio.jobs import restored, steps
from studio.jobs.trial import try_connection
from studio.library.bring import bring
from studio.worker.archive import archive_next
from studio.worker.models import Heartbeat

log = logging.getLogger("dailies.worker")
AFTER_ERROR = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Loop:
    """``step`` is called every ``every`` seconds, and at once again as long as it returns True."""

    name: str
    every: float
    step: Callable[[], object]


def for_each_connection(step: Callable[[Connection], object]) -> Callable[[], bool]:
    """The step, taken for every connection that can be used; True when any of them did something."""

    def walk() -> bool:
        done = [step(connection) for connection in usable_connections()]
        return any(done)

    return walk


def look_after(connection: Connection) -> None:
    """The test that was asked for, which reads the models; else the models when they are due."""
    if connection.is_being_tested:
        try_connection(connection)
    elif refresh.is_due(connection) and (found := refresh.refresh(connection)):
        note_balance(connection.pk, found.credits_remaining)


def draw_next() -> bool:
    """The sandbox's own work: one clip, in a child process."""
    from studio.sandbox.studio import render_next  # noqa: PLC0415 - only a sandbox needs it

    return render_next(bring)


def beat() -> None:
    Heartbeat.beat(f"{socket.gethostname()}:{os.getpid()}")


def all_loops() -> Iterator[Loop]:
    yield Loop("heartbeat", 10, beat)
    yield Loop("catalog", 1, for_each_connection(look_after))
    yield Loop("send", 0.5, for_each_connection(steps.send_next))
    yield Loop("reap", 5, steps.reap)
    yield Loop("unblock", 2, for_each_connection(steps.release_blocked))
    yield Loop("poll", 0.5, for_each_connection(steps.poll))
    yield Loop("history", 1, for_each_connection(steps.read_history_when_due))
    yield Loop("restored", 5, for_each_connection(restored.check_restored))
    yield Loop("sandbox", 0.5, draw_next)
    yield Loop("archive", 1, archive_next)


def run(stop: threading.Event, loops: list[Loop] | None = None) -> None:
    """Run the loops until ``stop`` is set; then let each finish the step that it is in."""
    ask_test(default_connection())  # models, or the key, may have changed while nobody ran
    connections.close_all()  # each thread has its own from here on
    threads = [
        threading.Thread(target=_repeat, args=(loop, stop), name=loop.name, daemon=True)
        for loop in loops or list(all_loops())
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    deadline = time.monotonic() + 10
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _repeat(loop: Loop, stop: threading.Event) -> None:
    while not stop.is_set():
        wait = loop.every
        try:
            close_old_connections()
            if loop.step() is True:
                wait = 0.05
        except Exception:  # a step must never end the worker: it is logged, and taken again
            log.exception("The step %s failed; trying again in %.0f s.", loop.name, AFTER_ERROR)
            wait = AFTER_ERROR
        stop.wait(wait)
    connections.close_all()
