"""The workers of one installation, and the hand that kills them."""

import random
import signal
import time
from collections import deque
from datetime import datetime
from threading import Event

from django.utils import timezone

from tests.torture.nursery import Nursery

PAUSE = 0.5  # seconds between two kills, on average, when no request is waited for
LONGEST_WAIT = 1.5  # seconds for a request to arrive upstream
USUAL_START = 0.6  # seconds from the start of a worker to its first request
SLOWEST_PACE = 4.0  # times slower
MID_REQUEST = 0.6  # share of the kills that wait for a request to arrive upstream
ALL_AT_ONCE = 0.1  # share of the kills that take the whole crew


class Crew:
    """``kills`` are the moments at which one was killed, in order; the next life begins at once."""

    def __init__(self, nursery: Nursery, workers: int, seed: int) -> None:
        self.nursery = nursery
        self.random = random.Random(seed)
        self.kills: list[datetime] = []
        self.died_by_itself = 0
        self.starts: deque[float] = deque(maxlen=10)  # seconds from a start to the next request
        self.started_at = time.monotonic()
        self.pids = [nursery.start() for _ in range(workers)]

    @property
    def pace(self) -> float:
        """How much slower than usual this machine is now: a worker that never gets to work is killed for nothing."""
        return min(max(1.0, min(self.starts, default=1.0) / USUAL_START), SLOWEST_PACE)

    def kill_some(self, posted: Event) -> None:
        """At a random moment, or just after a POST arrived: then a kill falls between a claim and its answer."""
        if self.random.random() < MID_REQUEST:
            self._wait_for_a_request(posted)
            time.sleep(self.random.uniform(0, 0.15))
        else:
            time.sleep(self.random.expovariate(1 / (PAUSE * self.pace)))
        places = range(len(self.pids))
        everybody = self.random.random() < ALL_AT_ONCE
        for place in places if everybody else [self.random.choice(places)]:
            self._kill(place)

    def _wait_for_a_request(self, posted: Event) -> None:
        posted.clear()
        if posted.wait(LONGEST_WAIT * self.pace):
            self.starts.append(time.monotonic() - self.started_at)

    def _kill(self, place: int) -> None:
        self.kills.append(timezone.now())
        if self.nursery.end(self.pids[place]) != -signal.SIGKILL:
            self.died_by_itself += 1
        self.pids[place] = self.nursery.start()
        self.started_at = time.monotonic()

    def dismiss(self) -> None:
        """Stop them in good order."""
        ended = [self.nursery.end(pid, signal.SIGTERM) for pid in self.pids]
        self.died_by_itself += sum(code != 0 for code in ended)
