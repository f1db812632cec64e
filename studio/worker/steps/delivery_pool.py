"""Runs several deliveries in parallel, each in its own thread, so that a webhook that hangs does not hold up others.

A claim is valid for its lease; its thread must present the claim's id to finish. No two threads call the same host.
"""

import threading
import time
from dataclasses import dataclass, field

from django.db import connections

from studio.notify import outbox
from studio.notify.models import Delivery
from studio.worker.steps.deliveries import deliver
from studio.worker.wakeups import hints

MOST = 4
LOOK = 1.0  # seconds between two checks for expired leases


@dataclass(eq=False, frozen=True, slots=True)
class Courier:
    goes_to: str
    since: float = field(default_factory=time.monotonic)

    @property
    def has_time(self) -> bool:
        """True until its lease ends. After that another worker takes over, and nobody waits for this one."""
        return time.monotonic() - self.since < outbox.LEASE.total_seconds()


class DeliveryPool:
    """The deliveries of one worker. The loop's thread runs the steps; each delivery has its own."""

    def __init__(self) -> None:
        self._at_work: set[Courier] = set()
        self._failures: list[Exception] = []
        self._changed = threading.Condition()

    def deliver_next(self) -> bool:
        """Start the next due delivery if a thread is free. True if one was started: there may be more.

        Raises an error that a delivery had since the last call, such as a database that is away.
        """
        if self._failures:
            raise self._failures.pop()
        busy = self._busy()
        batch = outbox.claim_next(busy=busy) if len(busy) < MOST else []
        if batch:
            self._begin(batch)
        return bool(batch)

    def rest(self) -> None:
        """Wait for deliveries under way."""
        with self._changed:
            while self._busy():
                self._changed.wait(LOOK)

    def _busy(self) -> set[str]:
        with self._changed:
            return {courier.goes_to for courier in self._at_work if courier.has_time}

    def _begin(self, batch: list[Delivery]) -> None:
        courier = Courier(batch[0].goes_to)
        with self._changed:
            self._at_work.add(courier)
        threading.Thread(target=self._work, args=(courier, batch), name="delivery", daemon=True).start()

    def _work(self, courier: Courier, batch: list[Delivery]) -> None:
        try:
            deliver(batch)
        except Exception as error:  # the lease runs out, and it is sent again
            self._failures.append(error)
        finally:
            with self._changed:
                self._at_work.discard(courier)
                self._changed.notify_all()
            hints.wake("deliver")  # more may wait for a free thread
            connections.close_all()
