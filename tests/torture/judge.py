"""The verdict, from what the upstream was paid for and what we wrote down. Pure: it is handed a whole World."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise

ENDS = frozenset({"completed", "failed", "rejected", "cancelled", "abandoned"})
BEFORE = frozenset({"queued", "sending", "unknown", "attention", "blocked"})  # may be tried again
STATES = BEFORE | ENDS | {"pending", "processing"}
ONWARD: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(BEFORE, STATES),
    "pending": frozenset({"processing", "completed", "failed"}),
    "processing": frozenset({"completed", "failed"}),
    **dict.fromkeys(ENDS, frozenset()),
}


@dataclass(frozen=True)
class Paid:
    """A job that the upstream charged one of our POSTs for."""

    upstream_id: str
    prompt: str


@dataclass(frozen=True)
class Written:
    """A job as we wrote it down, and the states that its timeline tells, in order."""

    upstream_id: str | None
    prompt: str
    state: str
    told: Sequence[str] = ()


@dataclass(frozen=True)
class World:
    """``asked``: how many clips a person wanted, by prompt. Credits are what our jobs cost in all, net."""

    asked: Mapping[str, int]
    paid: Sequence[Paid]
    written: Sequence[Written]
    credits_in_ledger: int = 0
    credits_upstream: int = 0
    credits_held: int = 0  # by jobs that have all ended
    broken_files: int = 0  # that are served and are not the whole clip that their name stands for


@dataclass(frozen=True)
class Verdict:
    """All zeros, or something is wrong."""

    paid_twice: int = field(metadata={"what": "paid twice"})
    orphans: int = field(metadata={"what": "orphans"})
    ledger_drift: int = field(metadata={"what": "ledger drift"})
    lost: int = field(metadata={"what": "lost"})
    backwards: int = field(metadata={"what": "went backwards"})
    still_held: int = field(metadata={"what": "still held"})
    broken_files: int = field(metadata={"what": "broken files"})

    @property
    def is_clean(self) -> bool:
        return not any(getattr(self, one.name) for one in fields(self))


def judge(world: World) -> Verdict:
    return Verdict(
        paid_twice=_paid_twice(world),
        orphans=_orphans(world),
        ledger_drift=world.credits_in_ledger - world.credits_upstream,
        lost=_lost(world),
        backwards=sum(map(_backwards, world.written)),
        still_held=world.credits_held,
        broken_files=world.broken_files,
    )


def _paid_twice(world: World) -> int:
    """Beyond one for each clip that was asked for; equal prompts share what was asked."""
    paid = Counter(one.prompt for one in world.paid)
    return sum(max(0, number - world.asked.get(prompt, 0)) for prompt, number in paid.items())


def _orphans(world: World) -> int:
    """Paid jobs that no row of ours refers to, and rows of ours that refer to what was not paid for them."""
    paid = {(one.upstream_id, one.prompt) for one in world.paid}
    ours = {(one.upstream_id, one.prompt) for one in world.written if one.upstream_id}
    return len(paid ^ ours)


def _lost(world: World) -> int:
    """Clips asked for that have no row, or one that has not come to an end."""
    ended = Counter(one.prompt for one in world.written if one.state in ENDS)
    return sum(max(0, number - ended[prompt]) for prompt, number in world.asked.items())


def _backwards(job: Written) -> bool:
    """Words that are no states, such as "stored", are no moves."""
    states = [word for word in job.told if word in STATES]
    return any(after not in ONWARD[before] for before, after in pairwise(states))
