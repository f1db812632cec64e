"""The health of a worker's loops: which step each is in, since when, and whether it succeeds."""

import threading
import time
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

FAILING_AFTER = 60.0  # seconds without a successful step


@dataclass(slots=True)
class LoopHealth:
    """The health of one loop. Times are of ``time.monotonic``. ``under_way``: when the step for each target began."""

    name: str
    allowance: float  # seconds that a healthy step may take
    well_at: float  # when a step last succeeded; at first, when the loop began
    under_way: dict[Hashable, float] = field(default_factory=dict)
    steps: int = 0
    error: str = ""  # of the last step, "" if it succeeded

    @property
    def busy_since(self) -> float | None:
        """When the longest step under way began; None between two steps."""
        return min(self.under_way.values(), default=None)


class HealthBoard:
    """The health of all loops. Written by each loop's own thread, read by the threads that watch them."""

    def __init__(self, allowances: Iterable[tuple[str, float]]) -> None:
        now = time.monotonic()
        self._loops = {name: LoopHealth(name, allowance, now) for name, allowance in allowances}
        self._lock = threading.Lock()

    def begin(self, name: str, target: Hashable = None) -> None:
        with self._lock:
            self._loops[name].under_way[target] = time.monotonic()

    def end(self, name: str, error: str = "", target: Hashable = None) -> None:
        loop = self._loops[name]
        with self._lock:
            loop.under_way.pop(target, None)
            loop.error = error
            loop.steps += 1
            if not error:
                loop.well_at = time.monotonic()

    def busy(self) -> set[str]:
        with self._lock:
            return {loop.name for loop in self._loops.values() if loop.busy_since is not None}

    def hung(self, times: float = 1.0) -> list[str]:
        """Loops with a step that takes longer than ``times`` its allowance."""
        now = time.monotonic()
        with self._lock:
            return [
                loop.name
                for loop in self._loops.values()
                if loop.busy_since is not None and now - loop.busy_since > times * loop.allowance
            ]

    def failing(self) -> list[str]:
        """Loops whose steps end, but have not succeeded for a while."""
        now = time.monotonic()
        with self._lock:
            return [
                loop.name
                for loop in self._loops.values()
                if loop.error and now - loop.well_at > FAILING_AFTER
            ]

    def summary(self) -> dict[str, dict[str, Any]]:
        """For ``manage.py status``: seconds since each loop's last success, seconds of its step, its last error."""
        now = time.monotonic()
        with self._lock:
            return {
                loop.name: {
                    "well": round(now - loop.well_at, 1),
                    "busy": None if loop.busy_since is None else round(now - loop.busy_since, 1),
                    "steps": loop.steps,
                    "error": loop.error,
                }
                for loop in self._loops.values()
            }
