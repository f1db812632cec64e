"""The outcome of a trial, as a table and as a yes or no."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from statistics import median, quantiles

from tests.torture.judge import Verdict

LONGEST_RECOVERY = 15.0  # seconds from a kill until the request that it cut off holds up no other


@dataclass(frozen=True)
class Outcome:
    database: str
    workers: int
    intents: int
    verdict: Verdict
    seconds: float
    kills: int = 0
    recoveries: Sequence[float] = ()  # seconds, for each kill that cut off a request
    injected: Counter[str] = field(default_factory=Counter)  # faults, by name
    decided: Counter[str] = field(default_factory=Counter)  # by a person
    doubled: int = 0  # double clicks
    restores: int = 0  # of a backup that was older
    repeated: int = 0  # requests that a backup did not know, and that were sent again after its restore
    unexplained: int = 0  # leases that ran out though nobody was killed
    died_by_themselves: int = 0
    failed_steps: int = 0

    @property
    def is_good(self) -> bool:
        return self.verdict.is_clean and self.recovers_in_time and not self.died_by_themselves

    @property
    def recovers_in_time(self) -> bool:
        return max(self.recoveries, default=0.0) <= LONGEST_RECOVERY

    def columns(self) -> dict[str, str]:
        figures = {
            "database": self.database,
            "workers": f"{self.workers}",
            "intents": f"{self.intents:,}",
            "kills": f"{self.kills:,}",
            "restores": f"{self.restores:,}",
            "forgotten by them and repeated": f"{self.repeated:,}",
            "of them amid a request": f"{len(self.recoveries):,}",
            "faulty POSTs": f"{sum(n for what, n in self.injected.items() if what.startswith('POST')):,}",
            "decided by a person": f"{self.decided.total():,}",
            f"recovery (≤ {LONGEST_RECOVERY:.0f} s): median, p99, longest": self._recovery(),
        }
        verdict = {one.metadata["what"]: f"{getattr(self.verdict, one.name):,}" for one in fields(Verdict)}
        return {**figures, **verdict, "time": f"{self.seconds:,.0f} s"}

    def _recovery(self) -> str:
        if len(self.recoveries) < 2:
            return "–"
        p99 = quantiles(self.recoveries, n=100, method="inclusive")[98]
        return f"{median(self.recoveries):.1f}, {p99:.1f}, {max(self.recoveries):.1f} s"

    def details(self) -> str:
        lines = [
            f"faults: {_counted(self.injected)}",
            f"decided by a person: {_counted(self.decided)}",
            f"double clicks: {self.doubled}; leases that ran out without a kill: {self.unexplained}; "
            f"workers that died by themselves: {self.died_by_themselves}; steps that failed: {self.failed_steps}",
        ]
        return "\n".join(lines)


def table(outcome: Outcome) -> str:
    """In Markdown."""
    columns = outcome.columns()
    return "\n".join(
        f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), columns.values())
    )


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counter.most_common()) or "none"
