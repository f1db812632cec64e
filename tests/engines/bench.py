"""An engine under test, and what the suite must be able to do behind its back."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from studio.contract.answers import JobReport
from studio.contract.engine import Engine

LONGEST_JOB = 20.0  # seconds, until a job must have ended


@dataclass(frozen=True)
class Bench:
    """``set_credits`` leaves the account with that many. ``work`` does what a job needs between two looks."""

    engine: Engine
    set_credits: Callable[[int], None]
    work: Callable[[], object] = lambda: None

    def ended(self, job_id: str) -> list[JobReport]:
        """Every report of a job until it completed or failed, the last one included."""
        until = time.monotonic() + LONGEST_JOB
        seen = [self.engine.status(job_id)]
        while seen[-1].state not in ("completed", "failed"):
            assert time.monotonic() < until, f"The job is still {seen[-1].state}."
            self.work()
            seen.append(self.engine.status(job_id))
        return seen
