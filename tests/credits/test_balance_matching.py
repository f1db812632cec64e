"""Readings beside what moved the balance: nothing is claimed that is not so, and nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.credits.balance_matching import Gap, Movement, Point, Step, Verdict, gaps, walk

START = datetime(2026, 4, 3, 14, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def told(credits: int, second: float, asked: float | None = None) -> Point:
    return Point(0, credits, at(second if asked is None else asked), at(second))


def moved(amount: int | None, earliest: float, latest: float | None = None) -> Movement:
    end = at(earliest if latest is None else latest)
    return Movement(amount, at(earliest), end, end)


def found(points: Sequence[Point], *movements: Movement) -> list[tuple[int, datetime, datetime]]:
    return [(gap.amount, gap.since, gap.until) for gap in gaps(walk(points, movements))]


def test_what_clips_cost_is_no_difference() -> None:
    assert found([told(1000, 0), told(900, 10), told(900, 20)], moved(-100, 5)) == []


def test_a_difference_is_told_with_its_interval_once_it_was_told_twice() -> None:
    points = [told(1000, 0), told(863, 180)]
    assert found(points, moved(-100, 5)) == []
    assert walk(points, [moved(-100, 5)])[-1].verdict == Verdict.WAITS
    assert found([*points, told(863, 200)], moved(-100, 5)) == [(-37, at(0), at(180))]


def test_two_differences_are_kept_apart() -> None:
    points = [told(1000, 0), told(963, 10), told(963, 20), told(1463, 30), told(1463, 40)]
    assert found(points) == [(-37, at(0), at(10)), (500, at(20), at(30))]


def test_a_difference_is_kept_apart_from_one_right_after_it() -> None:
    points = [told(1000, 0), told(963, 10), told(943, 20), told(943, 30)]
    assert found(points) == [(-37, at(0), at(10)), (-20, at(10), at(20))]


def test_a_reading_that_does_not_know_the_last_clip_yet_is_out_of_step() -> None:
    points = [told(1000, 0), told(1000, 10), told(900, 20), told(900, 30)]
    steps = walk(points, [moved(-100, 5)])
    assert [step.verdict for step in steps] == ["first", "unclear", "agrees", "agrees"]


def test_a_clip_on_its_way_beside_a_reading_counts_where_it_makes_it_agree() -> None:
    for figure in (1000, 900):
        points = [told(1000, 0), told(figure, 10, asked=6), told(900, 20)]
        assert [step.verdict for step in walk(points, [moved(-100, 5, 9)])] == ["first", "agrees", "agrees"]


def test_a_reading_that_nothing_on_its_way_explains_proves_nothing() -> None:
    steps = walk([told(1000, 0), told(963, 10, asked=6), told(900, 20)], [moved(-100, 5, 9)])
    assert [step.verdict for step in steps] == ["first", "unclear", "agrees"]


def test_a_figure_that_was_told_beside_a_clip_and_again_after_it_was_told_twice() -> None:
    again = replace(told(863, 30), is_repeated=True)
    assert found([told(1000, 0), told(863, 10, asked=6), again], moved(-100, 5, 9)) == [(-37, at(0), at(30))]
    stale = replace(told(1000, 30), is_repeated=True)  # it may not know the clip yet
    assert found([told(1000, 0), told(1000, 10, asked=6), stale], moved(-100, 5, 9)) == []


def test_while_a_charge_is_untold_nothing_is_claimed_of_that_time() -> None:
    points = [told(1000, 0), told(870, 10), told(870, 20), told(833, 30), told(833, 40)]
    assert found(points, moved(None, 5)) == [(-37, at(20), at(30))]
    assert found(points, moved(-100, 5)) == [(-30, at(0), at(10)), (-37, at(20), at(30))]


def test_what_is_expected_is_the_reading_before_and_all_that_is_known_since() -> None:
    step = walk([told(1000, 0), told(863, 10), told(863, 20)], [moved(-100, 5)])[1]
    assert (step.expected, step.gap) == (900, -37)


# ── Whatever happens ────────────────────────────────────────────────────────────────────────────────────
@dataclass
class World:
    """An account whose every movement is known to us, and what it tells us of them."""

    now: int = 0
    credits: int = 10_000
    hidden: dict[int, int] = field(default_factory=dict)  # what nothing tells of: moment → amount
    movements: list[Movement] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    moments: dict[Point, int] = field(default_factory=dict)  # when each was true

    def clip(self, amount: int, before: int, after: int, tells: bool) -> None:
        sent = self.now
        self.now += before
        self.credits += amount
        moment = self.now
        self.now += after
        answered_at = at(self.now) if tells else None
        self.movements.append(Movement(amount, at(sent), at(self.now), at(self.now), "", answered_at))
        if tells:
            self._tell(sent, moment, self.credits)

    def hide(self, amount: int, before: int, after: int, tells: bool) -> None:
        self.now += 1
        self.credits += amount
        self.hidden[self.now] = amount

    def move(self, amount: int, before: int, after: int, tells: bool) -> None:
        """A refund, or a clip made elsewhere: its time is known roughly, and later than it was."""
        self.now += 1
        self.credits += amount
        self.movements.append(moved(amount, max(self.now - before, 0), self.now + after))

    def read(self, amount: int, before: int, after: int, tells: bool) -> None:
        asked = self.now
        self.now += before
        figure, moment = self.credits, self.now
        if tells:  # a clip passes it on its way
            self.clip(amount, 0, 1, False)
        self.now += after
        self._tell(asked, moment, figure)

    def read_late(self, amount: int, before: int, after: int, tells: bool) -> None:
        """An answer from before the last clip; the next one is right, and so is a look at a quiet time."""
        stale = self.credits
        self.rest()
        self.clip(amount, before, after, False)
        self.now += 1
        self._tell(self.now, self.now - 1, stale)
        self.rest()
        self.read(0, 0, 0, False)
        self.rest()

    def rest(self) -> None:
        self.now += 100

    def _tell(self, asked: int, moment: int, credits: int) -> None:
        self.now += 1
        point = Point(0, credits, at(asked), at(self.now - 1))
        if not self.points or point.at > self.points[-1].at:
            self.points.append(point)
            self.moments[point] = moment

    def judged(self) -> list[Step]:
        for _ in range(2):
            self.rest()
            self.read(0, 0, 0, False)
        return walk(self.points, self.movements)

    def hidden_since(self, point: Point) -> int:
        return sum(amount for moment, amount in self.hidden.items() if moment > self.moments[point])


AMOUNTS = st.sampled_from([-220, -100, -100, -37, 37, 100, 500])
TIMES = st.integers(0, 6)
KNOWN = ["clip", "clip", "move", "read", "read", "read_late"]


def happenings(*names: str) -> st.SearchStrategy[list[tuple[str, int, int, int, bool]]]:
    return st.lists(st.tuples(st.sampled_from(names), AMOUNTS, TIMES, TIMES, st.booleans()), max_size=14)


def after(things: Sequence[tuple[str, int, int, int, bool]]) -> World:
    world = World()
    world.read(0, 0, 0, False)
    world.rest()
    for name, *said in things:
        getattr(world, name)(*said)
    return world


@given(happenings(*KNOWN, "hide"))
@settings(max_examples=100, deadline=None)
def test_movements_and_differences_are_the_whole_change_whatever_happens(things) -> None:
    world = after(things)
    steps = world.judged()
    first = next(step for step in steps if step.verdict == Verdict.FIRST)
    last = steps[-1]
    assert last.point is world.points[-1]
    found = list(gaps(steps))
    counted = [m for step in steps[steps.index(first) + 1 :] for m in step.counted]
    differences = sum(gap.amount for gap in found)
    total = last.point.credits - first.point.credits
    assert sum(m.amount or 0 for m in counted) + differences == total
    assert len({id(m) for m in counted}) == len(counted)
    assert differences == world.hidden_since(first.point)
    _assert_apart(found)


def _assert_apart(found: Sequence[Gap]) -> None:
    for earlier, later in pairwise(found):
        assert earlier.until <= later.since


@given(happenings(*KNOWN))
@settings(max_examples=100, deadline=None)
def test_where_everything_is_known_nothing_is_claimed(things) -> None:
    steps = after(things).judged()
    assert list(gaps(steps)) == []
    assert steps[-1].verdict == Verdict.AGREES


@pytest.mark.parametrize("number", [400])
def test_a_busy_month_is_judged_in_a_moment(number: int) -> None:
    """Nothing grows with the square of the readings."""
    world = World()
    world.read(0, 0, 0, False)
    for _ in range(number):
        world.clip(-1, 0, 1, True)
    assert {step.verdict for step in world.judged()} == {Verdict.FIRST, Verdict.AGREES}


# ── Fractions of credits ────────────────────────────────────────────────────────────────────────────────
def rounded(point: Point) -> Point:
    return replace(point, is_rounded=True)


def test_half_a_credit_for_each_entry_is_no_difference_where_a_studio_counts_in_fractions() -> None:
    """Two clips of 12.5 are charged as 13 here; the studio takes 25."""
    movements = [moved(-13, 5), moved(-13, 6)]
    for left, expected in ((975, []), (976, [(2, at(0), at(10))]), (972, [(-2, at(0), at(10))])):
        points = [told(1000, 0), told(left, 10), told(left, 20)]
        assert found([rounded(point) for point in points], *movements) == expected
    points = [told(1000, 0), told(975, 10), told(975, 20)]
    assert found(points, *movements) == [(1, at(0), at(10))]


def test_where_nothing_moved_not_a_credit_is_forgiven() -> None:
    points = [rounded(told(left, second)) for left, second in ((1000, 0), (999, 10), (999, 20))]
    assert found(points) == [(-1, at(0), at(10))]


def test_a_rounded_clip_on_its_way_counts_where_it_makes_the_figure_agree() -> None:
    points = [rounded(told(1000, 0)), rounded(told(988, 10, asked=6)), rounded(told(988, 20))]
    assert [step.verdict for step in walk(points, [moved(-13, 5, 9)])] == ["first", "agrees", "agrees"]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 1))
def test_a_studio_that_counts_in_halves_never_makes_a_difference(halves: list[int], rest: int) -> None:
    """Charges in half credits, rounded up; balances rounded down; one reading after each few of them."""
    left, points, movements = 2000 + rest, [rounded(told((2000 + rest) // 2, 0))], []
    for number, charge in enumerate(halves, 1):
        left -= charge
        movements.append(moved(-((charge + 1) // 2), number * 10 - 5))
        if number % 2 == 0 or number == len(halves):
            points.append(rounded(told(left // 2, number * 10)))
    points.append(replace(points[-1], asked_at=at(999), at=at(999)))
    assert found(points, *movements) == []
