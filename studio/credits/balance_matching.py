"""Compares the reported balance with the movements of credits: where both agree, and where they differ. Pure.

Neither is known to the moment. A figure was true at some time between the request and its answer, and a movement
happened at some time between ``earliest`` and ``latest``. So a figure surely includes a movement, surely does not, or
may include it. Movements that it may include count if exactly one selection of them makes the figures agree. Every
movement is counted once, so differences and movements always add up to the whole change of the balance.

If a studio reports fractions of credits, amounts were rounded up and balances down: figures then agree if they
differ by at most half a credit for each movement.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import accumulate, chain, combinations

MOST_OPEN = 8  # undecided movements for one figure; with more, the figure proves nothing


@dataclass(frozen=True, slots=True)
class Movement:
    """``amount`` is in credits, negative for a charge; None until it is reported.

    ``answered_at`` is the time of the answer that reported it: a balance in the same answer includes it.
    """

    amount: int | None
    earliest: datetime
    latest: datetime
    known_at: datetime
    words: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """``credits`` reported at ``at`` for a request of ``asked_at``. ``is_repeated``: its last confirmation."""

    reading_id: int
    credits: int
    asked_at: datetime
    at: datetime
    is_repeated: bool = False
    is_rounded: bool = False  # the studio counts in fractions of credits

    def contains(self, movement: Movement) -> bool:
        return movement.latest <= self.asked_at or movement.answered_at == self.at


class Verdict(StrEnum):
    FIRST = "first"  # the comparison starts here
    AGREES = "agrees"
    DIFFERS = "differs"
    UNREPORTED = "untold"  # a charge since the reading before is not known yet
    UNCLEAR = "unclear"  # something was under way at that time, or it does not fit the readings around it
    WAITS = "waits"  # it differs, but was reported only once


@dataclass(frozen=True, slots=True)
class Step:
    """One figure, judged. ``gap`` is reported minus expected since ``base``; None if unknown."""

    point: Point
    verdict: Verdict
    base: Point | None = None
    gap: int | None = None
    counted: tuple[Movement, ...] = ()

    @property
    def expected(self) -> int | None:
        return None if self.gap is None else self.point.credits - self.gap


def walk(points: Sequence[Point], movements: Iterable[Movement]) -> list[Step]:
    """Judge each figure against the last good one. Stops at a figure that needs confirmation.

    A difference counts only after the next comparable figure confirms it, because a figure may be older than the
    answers around it.
    """
    pending = sorted(movements, key=_earliest)
    base: Point | None = None
    steps = []
    for number, point in enumerate(points):
        later = points[number + 1 :]
        step = _judge(base, point, later, pending) if base else _begin(point, pending)
        steps.append(step)
        if step.verdict == Verdict.WAITS:
            break
        if step.verdict != Verdict.UNCLEAR:
            base, pending = point, _rest(pending, step)
    return steps


def _begin(point: Point, pending: Sequence[Movement]) -> Step:
    if not _is_alone(point, pending):
        return Step(point, Verdict.UNCLEAR)
    return Step(point, Verdict.FIRST, counted=tuple(_begun(pending, point)))


def _judge(base: Point, point: Point, later: Sequence[Point], pending: Sequence[Movement]) -> Step:
    step = _compare(base, point, pending)
    if step.verdict != Verdict.DIFFERS:
        return step
    after = _next_alone(point, later, _rest(pending, step))
    if after is None and point.is_repeated and not _lags(step):
        return step  # the same reading had this figure before, while something was under way
    if after is None or after.gap is None:
        return Step(point, Verdict.WAITS, base, step.gap, step.counted)
    is_out_of_step = after.gap == -(step.gap or 0) or (after.gap and _lags(step))
    return Step(point, Verdict.UNCLEAR, base) if is_out_of_step else step


def _compare(base: Point, point: Point, pending: Sequence[Movement]) -> Step:
    begun = _begun(pending, point)
    sure = [movement for movement in begun if point.contains(movement)]
    perhaps = [movement for movement in begun if not point.contains(movement)]
    if any(movement.amount is None for movement in begun):
        if perhaps:
            return Step(point, Verdict.UNCLEAR, base)
        return Step(point, Verdict.UNREPORTED, base, None, tuple(sure))
    change = point.credits - base.credits
    if perhaps:
        found = _adding_up_to(change, sure, perhaps, point)
        if found is None:
            return Step(point, Verdict.UNCLEAR, base)
        return Step(point, Verdict.AGREES, base, 0, (*sure, *found))
    gap = _gap(change, sure, point)
    return Step(point, Verdict.DIFFERS if gap else Verdict.AGREES, base, gap, tuple(sure))


def _next_alone(base: Point, later: Iterable[Point], pending: Sequence[Movement]) -> Step | None:
    """The next figure that proves something by itself."""
    alone = (point for point in later if _is_alone(point, pending))
    return next((_compare(base, point, pending) for point in alone), None)


def _is_alone(point: Point, pending: Sequence[Movement]) -> bool:
    """True if nothing was under way at that time."""
    return all(point.contains(movement) for movement in _begun(pending, point))


def _lags(step: Step) -> bool:
    """True if the difference equals the last few movements: the answer does not include them yet."""
    newest_first = sorted(step.counted, key=lambda movement: movement.latest, reverse=True)
    missing = accumulate(movement.amount or 0 for movement in newest_first)
    return -(step.gap or 0) in missing


def _gap(change: int, movements: Sequence[Movement], point: Point) -> int:
    """The change of the balance minus the sum of the movements; 0 if rounding explains it."""
    gap = change - _sum(movements)
    slack = (len(movements) + 1) // 2 if point.is_rounded else 0
    return 0 if abs(gap) <= slack else gap


def _adding_up_to(
    change: int, sure: Sequence[Movement], perhaps: Sequence[Movement], point: Point
) -> tuple[Movement, ...] | None:
    """The selection of ``perhaps`` that, with ``sure``, explains the change; None if there is none, more than one, or
    too many to try.
    """
    if len(perhaps) > MOST_OPEN:
        return None
    choices = chain.from_iterable(combinations(perhaps, number) for number in range(len(perhaps) + 1))
    fitting = [some for some in choices if _gap(change, (*sure, *some), point) == 0]
    return fitting[0] if len(fitting) == 1 else None


def _sum(movements: Iterable[Movement]) -> int:
    return sum(movement.amount or 0 for movement in movements)


def _earliest(movement: Movement) -> datetime:
    return movement.earliest


def _begun(pending: Sequence[Movement], point: Point) -> Sequence[Movement]:
    """The movements that the figure may include. ``pending`` is in the order of ``earliest``."""
    return pending[: bisect_right(pending, point.at, key=_earliest)]


def _rest(pending: Sequence[Movement], step: Step) -> list[Movement]:
    """What is still to be counted after ``step``."""
    begun = _begun(pending, step.point)
    counted = {id(movement) for movement in step.counted}  # equal movements are still two
    return [*(movement for movement in begun if id(movement) not in counted), *pending[len(begun) :]]


# ── Known differences ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Gap:
    """A difference: an unexplained change of ``amount`` credits (negative: a loss) between two readings."""

    base: Point
    point: Point
    amount: int

    @property
    def since(self) -> datetime:
        return self.base.at

    @property
    def until(self) -> datetime:
        return self.point.at


def gaps(steps: Iterable[Step]) -> Iterator[Gap]:
    for step in steps:
        if step.verdict == Verdict.DIFFERS and step.base and step.gap:
            yield Gap(step.base, step.point, step.gap)
