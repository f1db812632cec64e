"""How the loops of a worker are: which step each is in, since when, and whether it goes well."""

import threading
import time
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

FAILING_AFTER = 60.0  # seconds without one good step


@dataclass(slots=True)
class LoopHealth:
    """Of one loop. Times are of ``time.monotonic``. ``under_way``: when the step for each target began."""

    name: str
    allowance: float  # seconds that a healthy step may take
    well_at: float  # when a step last ended well; at first, when the loop began
    under_way: dict[Hashable, float] = field(default_factory=dict)
    steps: int = 0
    error: str = ""  # of the last step, "" when it went well

    @property
    def busy_since(self) -> float | None:
        """Of the step that takes longest; None between two steps."""
        return min(self.under_way.values(), default=None)


class HealthBoard:
    """Written by each loop's own thread, read by those that watch."""

    def __init__(self, allowances: Iterable[tuple[str, float]]) -> None:
        now = time.monotonic()
        self._pulses = {name: LoopHealth(name, allowance, now) for name, allowance in allowances}
        self._lock = threading.Lock()

    def begin(self, name: str, target: Hashable = None) -> None:
        with self._lock:
            self._pulses[name].under_way[target] = time.monotonic()

    def end(self, name: str, error: str = "", target: Hashable = None) -> None:
        pulse = self._pulses[name]
        with self._lock:
            pulse.under_way.pop(target, None)
            pulse.error = error
            pulse.steps += 1
            if not error:
                pulse.well_at = time.monotonic()

    def busy(self) -> set[str]:
        with self._lock:
            return {pulse.name for pulse in self._pulses.values() if pulse.busy_since is not None}

    def hung(self, times: float = 1.0) -> list[str]:
        """Loops whose step takes longer than ``times`` its allowance."""
        now = time.monotonic()
        with self._lock:
            return [
                pulse.name
                for pulse in self._pulses.values()
                if pulse.busy_since is not None and now - pulse.busy_since > times * pulse.allowance
            ]

    def failing(self) -> list[str]:
        """Loops of which no step ended well for a while, though they end."""
        now = time.monotonic()
        with self._lock:
            return [
                pulse.name
                for pulse in self._pulses.values()
                if pulse.error and now - pulse.well_at > FAILING_AFTER
            ]

    def told(self) -> dict[str, dict[str, Any]]:
        """For ``manage.py status``: seconds since each loop was well, seconds of its step, its last error."""
        now = time.monotonic()
        with self._lock:
            return {
                pulse.name: {
                    "well": round(now - pulse.well_at, 1),
                    "busy": None if pulse.busy_since is None else round(now - pulse.busy_since, 1),
                    "steps": pulse.steps,
                    "error": pulse.error,
                }
                for pulse in self._pulses.values()
            }
