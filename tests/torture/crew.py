"""The workers of one installation, and the hand that kills them."""

import random
import signal
import time
from collections.abc import Callable
from datetime import datetime
from threading import Event

from django.utils import timezone

from tests.torture.nursery import Nursery

PAUSE = 0.5  # seconds between two kills, on average, when no request is waited for
LONGEST_WAIT = 1.5  # seconds for a request to arrive upstream
# So many kills in a row without a request, for each worker: this machine is too slow for such a pace.
MOST_IN_VAIN = 3
LONGEST_PATIENCE = 20.0  # seconds that the first request is then waited for
MID_REQUEST = 0.6  # share of the kills that wait for a request to arrive upstream
ALL_AT_ONCE = 0.1  # share of the kills that take the whole crew


class Crew:
    """``kills`` are the moments at which one was killed, in order; the next life begins at once."""

    def __init__(self, nursery: Nursery, workers: int, seed: int) -> None:
        self.nursery = nursery
        self.random = random.Random(seed)
        self.kills: list[datetime] = []
        self.died_by_itself = 0
        self.in_vain = 0  # kills since a request last arrived
        self.pids = [nursery.start() for _ in range(workers)]

    def kill_some(self, posted: Event) -> None:
        """At a random moment, or just after a POST arrived: then a kill falls between a claim and its answer."""
        arrived = posted.is_set()
        if self.in_vain >= MOST_IN_VAIN * len(self.pids):
            posted.wait(LONGEST_PATIENCE)
        elif self.random.random() < MID_REQUEST:
            posted.clear()
            posted.wait(LONGEST_WAIT)
        else:
            time.sleep(self.random.expovariate(1 / PAUSE))
        time.sleep(self.random.uniform(0, 0.15))
        self.in_vain = 0 if arrived or posted.is_set() else self.in_vain + 1
        posted.clear()
        places = range(len(self.pids))
        everybody = self.random.random() < ALL_AT_ONCE
        for place in places if everybody else [self.random.choice(places)]:
            self._kill(place)

    def all_gone(self, do: Callable[[], None]) -> None:
        """Kill everybody, and start the next ones when that is done."""
        for pid in self.pids:
            self.kills.append(timezone.now())
            self.died_by_itself += self.nursery.end(pid) != -signal.SIGKILL
        do()
        self.pids = [self.nursery.start() for _ in self.pids]

    def _kill(self, place: int) -> None:
        self.kills.append(timezone.now())
        if self.nursery.end(self.pids[place]) != -signal.SIGKILL:
            self.died_by_itself += 1
        self.pids[place] = self.nursery.start()

    def dismiss(self) -> None:
        """Stop them in good order."""
        ended = [self.nursery.end(pid, signal.SIGTERM) for pid in self.pids]
        self.died_by_itself += sum(code != 0 for code in ended)
