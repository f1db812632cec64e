"""The upstream of the torture: half of all POSTs go wrong, and reading it is no pleasure either."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from tests.upstream.account import Account, Clock, Job, Pace
from tests.upstream.catalogue import Record
from tests.upstream.faults import Fault, named
from tests.upstream.server import FakeStudio

KEPT = "[keep]"  # in a prompt: the clip can be fetched; any other is ready without an address
STALE = 2.5  # seconds that a stale history lags behind

LATE = "accept-late"  # the job is made and charged after the client has hung up
LATENESS = 2.0  # seconds

# What meets the requests whose "METHOD /path" starts so, in percent; the rest is answered honestly.
WHIMS: Mapping[str, Mapping[str, float]] = {
    "POST /api/": {
        "reset-before-read": 6,
        "accept-then-reset": 7,
        "accept-then-hang": 3,
        "drip": 2,
        "drip-headers": 1,
        "html-200": 5,
        "half-body": 5,
        "500": 5,
        "500-accepted": 5,
        "503:1": 1,
        "429:1": 4,
        "no-ids": 3,
        "doubled-ids": 2,
        "307": 2,
        "303": 1,
        "401": 2,
        "403": 1,
        "409": 1,
        "422": 1,
        "page:403": 1,
        "page:502": 1,
        "under-a-request": 3,
        LATE: 2,
    },
    "GET /api/v1/video-studio/history/": {"500": 4, "half-body": 3, "html-200": 3},
    "GET /api/v1/video-studio/status/": {"404": 10, "500": 4},
    "GET /media/": {"reset-before-read": 5, "half-body": 15, "accept-then-reset": 5},
}
SLOWNESS = 0.1  # seconds that an answer may take, before the request is read and again after


class Moods:
    """Whether the upstream misbehaves now, and what it did so far."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.are_bad = True
        self.injected: Counter[str] = Counter()

    def strike(self, what: str, percent: float) -> bool:
        hit = self.are_bad and self.random.random() * 100 < percent
        if hit:
            self.injected[what] += 1
        return hit


class VendorAccount(Account):
    """An account whose history is stale or short at times, and whose word on a job goes back at times."""

    def __init__(self, moods: Moods) -> None:
        super().__init__(credits=100_000_000, pace=Pace(0.4, 0.6), clock=Clock(real=True))
        self.moods = moods
        self.skew = timedelta(seconds=moods.random.uniform(-600, 600))
        self.elsewhere: set[str] = set()
        self.credits_at_start = self.credits

    def newest(self, limit: int) -> list[Job]:
        jobs = super().newest(limit)
        if self.moods.strike("history truncated", 8):
            return jobs[:3]
        if self.moods.strike("history stale", 12):
            return [job for job in jobs if self.clock.now() - job.born > STALE]
        return jobs

    def row(self, job: Job, media_url: str) -> Record:
        row = super().row(job, media_url)
        if KEPT not in job.body.get("prompt", ""):
            row["result_urls"] = []
        if self.moods.strike("state going back", 5):
            row |= {"status": "pending", "result_urls": [], "completed_at": None}
            row.pop("credits_refunded", None)
        elif self.moods.strike("unknown state", 3):
            row |= {"status": "on_the_shelf", "result_urls": [], "completed_at": None}
        return row

    def make_elsewhere(self) -> None:
        """Somebody used the vendor's own site: not ours, and never to be taken for ours."""
        self.elsewhere.add(self.made_elsewhere(prompt=f"made elsewhere {len(self.elsewhere)}").job_id)

    def paid_for_us(self) -> list[Job]:
        """The truth: every job that one of our POSTs was charged for."""
        with self._lock:
            return [job for job in self.jobs if job.job_id not in self.elsewhere]

    def delta(self) -> int:
        """Credits that our jobs took in all, refunds returned: every job is first brought up to date."""
        for job in self.paid_for_us():
            super().row(job, "")
        with self._lock:
            theirs = sum(job.cost for job in self.jobs if job.job_id in self.elsewhere)
            return self.credits_at_start - self.credits - theirs


class Vendor(FakeStudio):
    """``posted`` is notified of every POST, so that a kill can fall between a claim and its answer."""

    account: VendorAccount

    def __init__(self, seed: int) -> None:
        self.moods = Moods(seed)
        super().__init__(account=VendorAccount(self.moods))
        self.posted = threading.Event()

    def take_fault(self, line: str, *, before_read: bool) -> Fault | None:
        if before_read and line.startswith("POST"):
            self.posted.set()
        if self.moods.are_bad:
            time.sleep(self.moods.random.uniform(0, SLOWNESS))
        return self._whim(line, before_read)

    def _whim(self, line: str, before_read: bool) -> Fault | None:
        if not self.moods.are_bad:
            return None
        roll = self.moods.random.uniform(0, 100)
        for name, percent in next((WHIMS[start] for start in WHIMS if line.startswith(start)), {}).items():
            if (name == "reset-before-read") == before_read and (roll := roll - percent) < 0:
                self.moods.injected[f"{line.partition(' ')[0]} {name.partition(':')[0]}"] += 1
                if name != LATE:
                    return named(name)
                time.sleep(LATENESS)
                return None
        return None
