"""The balance as it was told, beside what moved it: where both agree, and where they differ. Pure.

Neither is known to the moment. A figure was true at some time between the question and its answer, and a movement
happened at some time between ``earliest`` and ``latest``. So a movement is surely in a figure, surely not in it, or
perhaps; what is perhaps in it counts where one choice alone makes the figures agree. Every movement is counted
once, so differences and movements always add up to the whole change of the balance.

Where a studio reports fractions of credits, amounts were rounded up and balances down: figures then agree where they
differ by no more than half a credit for each movement.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import accumulate, chain, combinations

MOST_OPEN = 8  # movements beside one figure: with more of them it proves nothing


@dataclass(frozen=True, slots=True)
class Movement:
    """``amount`` is in credits, negative where they were taken; None while it is not told.

    ``answered_at`` is the time of the very answer that told of it: a figure in that answer contains it.
    """

    amount: int | None
    earliest: datetime
    latest: datetime
    known_at: datetime
    words: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """``credits`` were told at ``at``, to a question of ``asked_at``. ``is_repeated``: the reading's last time."""

    reading_id: int
    credits: int
    asked_at: datetime
    at: datetime
    is_repeated: bool = False
    is_rounded: bool = False  # the studio counts in fractions of credits

    def contains(self, movement: Movement) -> bool:
        return movement.latest <= self.asked_at or movement.answered_at == self.at


class Verdict(StrEnum):
    FIRST = "first"  # with it begins what can be compared
    AGREES = "agrees"
    DIFFERS = "differs"
    UNTOLD = "untold"  # a charge since the reading before is not known yet
    UNCLEAR = "unclear"  # something was on its way beside it, or it was out of step with those around it
    WAITS = "waits"  # it differs, but was told only once


@dataclass(frozen=True, slots=True)
class Step:
    """One figure, judged. ``gap`` is what was told less what was expected since ``base``; None where unknown."""

    point: Point
    verdict: Verdict
    base: Point | None = None
    gap: int | None = None
    counted: tuple[Movement, ...] = ()

    @property
    def expected(self) -> int | None:
        return None if self.gap is None else self.point.credits - self.gap


def walk(points: Sequence[Point], movements: Iterable[Movement]) -> list[Step]:
    """Judge each figure against the last good one. Ends where one has still to be told again.

    A difference counts once the next figure that can be compared tells it, too: a figure may be older than
    the answers beside it.
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
        return step  # the same reading told it before, beside something that was on its way
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
        return Step(point, Verdict.UNTOLD, base, None, tuple(sure))
    told = point.credits - base.credits
    if perhaps:
        found = _adding_up_to(told, sure, perhaps, point)
        if found is None:
            return Step(point, Verdict.UNCLEAR, base)
        return Step(point, Verdict.AGREES, base, 0, (*sure, *found))
    gap = _gap(told, sure, point)
    return Step(point, Verdict.DIFFERS if gap else Verdict.AGREES, base, gap, tuple(sure))


def _next_alone(base: Point, later: Iterable[Point], pending: Sequence[Movement]) -> Step | None:
    """The next figure that proves something by itself."""
    alone = (point for point in later if _is_alone(point, pending))
    return next((_compare(base, point, pending) for point in alone), None)


def _is_alone(point: Point, pending: Sequence[Movement]) -> bool:
    """Nothing was on its way beside it."""
    return all(point.contains(movement) for movement in _begun(pending, point))


def _lags(step: Step) -> bool:
    """The difference is that of an answer which does not know the last few movements yet."""
    newest_first = sorted(step.counted, key=lambda movement: movement.latest, reverse=True)
    missing = accumulate(movement.amount or 0 for movement in newest_first)
    return -(step.gap or 0) in missing


def _gap(told: int, movements: Sequence[Movement], point: Point) -> int:
    """How far the change of the balance is from what the movements come to; 0 where only rounding is between them."""
    gap = told - _sum(movements)
    slack = (len(movements) + 1) // 2 if point.is_rounded else 0
    return 0 if abs(gap) <= slack else gap


def _adding_up_to(
    told: int, sure: Sequence[Movement], perhaps: Sequence[Movement], point: Point
) -> tuple[Movement, ...] | None:
    """Those of ``perhaps`` that explain, with ``sure``, what was told; None where no choice does, more than one, or
    there are too many.
    """
    if len(perhaps) > MOST_OPEN:
        return None
    choices = chain.from_iterable(combinations(perhaps, number) for number in range(len(perhaps) + 1))
    fitting = [some for some in choices if _gap(told, (*sure, *some), point) == 0]
    return fitting[0] if len(fitting) == 1 else None


def _sum(movements: Iterable[Movement]) -> int:
    return sum(movement.amount or 0 for movement in movements)


def _earliest(movement: Movement) -> datetime:
    return movement.earliest


def _begun(pending: Sequence[Movement], point: Point) -> Sequence[Movement]:
    """Those that the figure may contain. ``pending`` is in the order of ``earliest``."""
    return pending[: bisect_right(pending, point.at, key=_earliest)]


def _rest(pending: Sequence[Movement], step: Step) -> list[Movement]:
    """What is still to be counted after ``step``."""
    begun = _begun(pending, step.point)
    counted = {id(movement) for movement in step.counted}  # two equal ones are two
    return [*(movement for movement in begun if id(movement) not in counted), *pending[len(begun) :]]


# ── Differences that are known already ──────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Gap:
    """A difference: ``amount`` credits came (negative: went) between two readings, and nothing explains it."""

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
