"""Runs a worker: one thread for each loop, until it is stopped, and then an orderly shutdown.

After a stop no new step begins. A paid request in flight is waited for up to its deadline, because its answer is worth
credits; other steps for a few seconds, because the next worker repeats what was cut off.
"""

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connections

from studio import film
from studio.audit.origin import WORKER, coming_from
from studio.catalog.connections import ask_test, default_connection
from studio.jobs.lifecycle.moving import Moved
from studio.worker import clock
from studio.worker.lanes import Lanes
from studio.worker.loop_health import HealthBoard
from studio.worker.loops import PATIENCE, Loop, all_loops
from studio.worker.models import Heartbeat
from studio.worker.presence import Presence
from studio.worker.wakeups import hints, listener
from studio.worker.wakeups.signals import InProcess, Wakeups

log = logging.getLogger("dailies.worker")
AFTER_ERROR = 5.0  # seconds
BETWEEN_STEPS = 0.02  # seconds between two steps of a loop that has more to do
LOOK = 5.0  # seconds between two checks of the loops' health
QUIETLY = 1.0  # seconds of shutdown without a message
BEAT = "heartbeat"
FAILED = object()


def run(stop: threading.Event, loops: list[Loop] | None = None, wakeups: Wakeups | None = None) -> list[str]:
    """Run the loops until ``stop`` is set, or a loop hangs. Returns the names of loops that hang."""
    clock.begin()
    ask_test(default_connection())  # models or the key may have changed while no worker ran
    Heartbeat.prune()
    presence = Presence()
    with presence.kept():
        connections.close_all()  # each thread opens its own from here on
        return Worker(stop, loops or list(all_loops(presence)), wakeups).run()


class Worker:
    def __init__(self, stop: threading.Event, loops: list[Loop], wakeups: Wakeups | None) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stop = stop
        self.loops = [Loop(BEAT, self._beat, 10), *loops]
        self.wakeups = wakeups or InProcess([loop.name for loop in loops if loop.hinted])
        self.health = HealthBoard((loop.name, loop.allowance) for loop in self.loops)
        self.vital = {loop.name for loop in loops if loop.vital}
        self.lanes = {loop: self._lanes(loop) for loop in self.loops if loop.lanes}
        self._rests_until: dict[tuple[Loop, tuple[Any, ...]], float] = {}
        self._reported: set[str] = set()

    def run(self) -> list[str]:
        with hints.connected_to(self.wakeups):
            threads = {loop: _thread(loop.name, self._repeat, loop) for loop in self.loops}
            listening = _thread("listener", listener.listen, self.wakeups, self.stop)
            hung = self._watch()
            self.wakeups.close()
            self._drain({loop: thread for loop, thread in threads.items() if loop.name not in hung})
        film.end_all()
        for thread in (listening, *threads.values()):
            thread.join(0.2)  # unfinished steps clean up after themselves
        Heartbeat.leave(self.name)
        connections.close_all()
        return hung

    # ── While it runs ───────────────────────────────────────────────────────────────────────────────────
    def _watch(self) -> list[str]:
        """Until the stop, or until a loop hangs for twice its allowance: only a new process can fix that."""
        while not self.stop.wait(LOOK):
            hung = set(self.health.hung())
            for name in hung - self._reported:
                log.error("The step %s has not ended within its time.", name)
            self._reported = hung
            if beyond_hope := self.health.hung(times=2):
                self.stop.set()
                return beyond_hope
        return []

    def _beat(self) -> None:
        """Write a heartbeat, unless nothing would be sent or watched: pages then show that no worker is alive."""
        if not self.vital & {*self.health.hung(), *self.health.failing()}:
            Heartbeat.beat(self.name, self.health.summary())

    def _repeat(self, loop: Loop) -> None:
        with coming_from(lambda: WORKER):
            while not self.stop.is_set():
                self._wait(loop, self._turn(loop))
        if loop in self.lanes:
            self.lanes[loop].close()
        loop.finish()
        connections.close_all()

    def _turn(self, loop: Loop) -> float:
        """Run one step for each target. Returns the seconds to wait, negative after a failure."""
        try:
            close_old_connections()
            if loop in self.lanes:
                return self._turn_side_by_side(loop)
            results = [self._step(loop, target) for target in loop.targets()]
            if FAILED in results:
                return -AFTER_ERROR
            return BETWEEN_STEPS if any(results) else loop.pause()
        except Exception as error:  # such as a database that is away: the worker waits for it
            self._note(loop, error)
            return -AFTER_ERROR

    def _turn_side_by_side(self, loop: Loop) -> float:
        """A target whose step failed is skipped for a while, without holding up the others."""
        now = time.monotonic()
        rests = self._rests_until
        targets = [target for target in loop.targets() if rests.get((loop, target), now) <= now]
        results = self.lanes[loop].turn(targets)
        return BETWEEN_STEPS if any(results) else loop.pause()

    def _lanes(self, loop: Loop) -> Lanes:
        def step(target: Any) -> object:
            with coming_from(lambda: WORKER):
                close_old_connections()
                result = self._step(loop, target)
            if result is FAILED:
                self._rests_until[loop, target] = time.monotonic() + AFTER_ERROR
                return None
            return result

        def late(result: object) -> None:
            if result and loop.hinted:
                self.wakeups.wake(loop.name)

        return Lanes(loop.name, loop.lanes, step, late)

    def _step(self, loop: Loop, target: tuple[Any, ...]) -> object:
        if self.stop.is_set():
            return None
        self.health.begin(loop.name, target)
        try:
            worked = loop.step(*target)
        except Moved:  # another worker was first
            worked = None
        except Exception as error:  # a step must never end the worker, or keep another target from its turn
            self._note(loop, error, target)
            return FAILED
        self.health.end(loop.name, target=target)
        return worked

    def _note(self, loop: Loop, error: Exception, target: tuple[Any, ...] | None = None) -> None:
        self.health.end(loop.name, f"{type(error).__name__}: {error}", target)
        if not self.stop.is_set():
            log.error("The step %s failed; trying again in %.0f s.", loop.name, AFTER_ERROR, exc_info=error)

    def _wait(self, loop: Loop, seconds: float) -> None:
        """Wait for the next turn. After a failure no hint shortens it: failing faster helps no one."""
        if loop.hinted and seconds >= 0:
            self.wakeups.wait(loop.name, seconds)
        else:
            self.stop.wait(abs(seconds))

    # ── When it stops ───────────────────────────────────────────────────────────────────────────────────
    def _drain(self, threads: dict[Loop, threading.Thread]) -> None:
        """Wait for the steps in flight, each at most its loop's grace. Prints which ones if it takes a while."""
        asked_at = time.monotonic()
        is_announced = False
        while waiting := [
            loop
            for loop, thread in threads.items()
            if thread.is_alive() and time.monotonic() - asked_at < loop.grace
        ]:
            threads[waiting[0]].join(0.05)
            if not is_announced and time.monotonic() - asked_at > QUIETLY:
                is_announced = True
                _say(_what_is_awaited(waiting))


def _what_is_awaited(waiting: list[Loop]) -> str:
    names = " and ".join(loop.name for loop in waiting)
    longest = max(loop.grace for loop in waiting)
    paid = " A paid request is waiting for its answer." if longest > PATIENCE else ""
    return (
        f"The worker stops when its last steps end ({names}), in {longest:.0f} s at most.{paid} "
        "Stop it again to end it immediately."
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - shown to the person who stops it


def _thread(name: str, target: Callable[..., None], *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    thread.start()
    return thread
