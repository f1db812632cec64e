"""Several deliveries at once, each by a hand of its own: a webhook that hangs must not hold up the others.

A claim is worth what it was: it holds for its lease, and who finishes names it. No two hands call the same host.
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
LOOK = 1.0  # seconds between two looks at whether a lease ran out


@dataclass(eq=False, frozen=True, slots=True)
class Courier:
    goes_to: str
    since: float = field(default_factory=time.monotonic)

    @property
    def has_time(self) -> bool:
        """Its lease runs. Afterwards another goes on with what it had, and nobody waits for it."""
        return time.monotonic() - self.since < outbox.LEASE.total_seconds()


class DeliveryPool:
    """Of one worker. The steps are taken by one thread, the loop's; the hands have theirs."""

    def __init__(self) -> None:
        self._at_work: set[Courier] = set()
        self._failures: list[Exception] = []
        self._changed = threading.Condition()

    def deliver_next(self) -> bool:
        """Begin what is due next, if a hand is free for it. True when something was begun: there may be more.

        Raises what a hand could not cope with since the last time, such as a database that is away.
        """
        if self._failures:
            raise self._failures.pop()
        busy = self._busy()
        batch = outbox.claim_next(busy=busy) if len(busy) < MOST else []
        if batch:
            self._begin(batch)
        return bool(batch)

    def rest(self) -> None:
        """Wait for what is under way."""
        with self._changed:
            while self._busy():
                self._changed.wait(LOOK)

    def _busy(self) -> set[str]:
        with self._changed:
            return {hand.goes_to for hand in self._at_work if hand.has_time}

    def _begin(self, batch: list[Delivery]) -> None:
        hand = Courier(batch[0].goes_to)
        with self._changed:
            self._at_work.add(hand)
        threading.Thread(target=self._work, args=(hand, batch), name="delivery", daemon=True).start()

    def _work(self, hand: Courier, batch: list[Delivery]) -> None:
        try:
            deliver(batch)
        except Exception as error:  # the lease runs out, and it is sent again
            self._failures.append(error)
        finally:
            with self._changed:
                self._at_work.discard(hand)
                self._changed.notify_all()
            hints.wake("deliver")  # more may wait for a free hand
            connections.close_all()
