"""One measured target, and how to take CPU time so that noise of the machine cancels out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    number: str  # of the target
    what: str
    value: float
    bound: float
    unit: str = "×"
    detail: str = ""
    is_least: bool = False  # the bound is to be reached, not to be kept below

    @property
    def is_met(self) -> bool:
        return self.value >= self.bound if self.is_least else self.value <= self.bound

    def __str__(self) -> str:
        verdict = "met   " if self.is_met else "MISSED"
        figure = f"{self.value:.2f} {self.unit} ({'≥' if self.is_least else '≤'} {self.bound:g})"
        return f"{verdict} {self.number:>3}  {self.what}: {figure}  {self.detail}"


def cpu_ratio(
    work: Callable[[], object], yardstick: Callable[[], object], rounds: int = 30
) -> tuple[float, str]:
    """The median of work / yardstick, taken in turn; and both medians in milliseconds of CPU."""
    pairs = [(_cpu(work), _cpu(yardstick)) for _ in range(rounds)]
    ratio = median(a / b for a, b in pairs)
    ours, theirs = (median(column) * 1000 for column in zip(*pairs, strict=True))
    return ratio, f"{ours:.2f} ms against {theirs:.2f} ms of CPU"


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
