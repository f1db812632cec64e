"""Runs the steps of one loop for several targets in parallel: a studio that hangs holds up only its own connection.

Targets share one thread as long as their steps are quick. A slow step keeps its thread, and the others continue in
another one, up to a limit. Two steps for the same target never run at the same time.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from django.db import connections

log = logging.getLogger("dailies.worker")
SLOW = 0.1  # seconds to wait for a step before the next target has its turn
IDLE = 60.0  # seconds without work after which a thread ends and closes its database session


@dataclass(eq=False, slots=True)
class Order:
    """One step to run. ``is_awaited``: the current turn still waits for its result."""

    target: Hashable
    result: object = None
    is_done: bool = False
    is_awaited: bool = True


class Lanes:
    """The lanes of one loop. ``late(result)`` is called with the result of a step that was too slow for its turn."""

    def __init__(
        self, name: str, most: int, step: Callable[[Hashable], object], late: Callable[[object], None]
    ) -> None:
        self.name, self.most, self._step, self._late = name, most, step, late
        self._orders: SimpleQueue[Order | None] = SimpleQueue()  # None ends the thread that takes it
        self._under_way: set[Hashable] = set()
        self._begun_at: dict[Hashable, float] = {}
        self._threads = self._idle = 0
        self._changed = threading.Condition()

    def turn(self, targets: Iterable[Hashable]) -> list[object]:
        """Run a step for each target that has none under way, longest waiting first, as far as threads are free.

        Returns the results of the quick ones.
        """
        mine = sorted(targets, key=lambda target: self._begun_at.get(target, 0.0))
        self._begun_at = {target: self._begun_at.get(target, 0.0) for target in mine}
        begun = [order for target in mine if (order := self._begin(target))]
        with self._changed:
            for order in begun:
                order.is_awaited = False
            return [order.result for order in begun if order.is_done]

    def close(self) -> None:
        """Wait for steps under way, then end the threads and their database sessions. No turn may follow."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)
            for _ in range(self._threads):
                self._orders.put(None)
            self._changed.wait_for(lambda: not self._threads)

    def _begin(self, target: Hashable) -> Order | None:
        with self._changed:
            if target in self._under_way or len(self._under_way) >= self.most:
                return None
            order = Order(target)
            self._under_way.add(target)
            self._begun_at[target] = time.monotonic()
            if self._idle:
                self._idle -= 1
            else:
                self._threads += 1
                number = f"{self.name}-{self._threads}"
                threading.Thread(target=self._work, name=number, daemon=True).start()
            self._orders.put(order)
            self._changed.wait_for(lambda: order.is_done, SLOW)
            return order

    def _work(self) -> None:
        try:
            while (order := self._next()) is not None:
                self._take(order)
        finally:
            connections.close_all()
            with self._changed:
                self._threads -= 1
                self._changed.notify_all()

    def _next(self) -> Order | None:
        while True:
            try:
                return self._orders.get(timeout=IDLE)
            except Empty:
                with self._changed:
                    if self._idle:  # otherwise an order is on its way to this thread
                        self._idle -= 1
                        return None

    def _take(self, order: Order) -> None:
        result = None
        try:
            result = self._step(order.target)
        except Exception:
            log.exception("A step of %s failed", self.name)
        with self._changed:
            order.result, order.is_done = result, True
            self._under_way.discard(order.target)
            self._idle += 1
            self._changed.notify_all()
            is_late = not order.is_awaited
        if is_late:
            self._late(result)
