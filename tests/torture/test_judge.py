"""The judge sees what it is there to see: each fault, put into a world that is otherwise in order."""

from dataclasses import fields, replace
from typing import Any

import pytest

from tests.torture.judge import Paid, Verdict, World, Written, judge

CLEAN = World(
    asked={"a lighthouse": 1, "a harbour": 2, "a refusal": 1},
    paid=[Paid("u1", "a lighthouse"), Paid("u2", "a harbour"), Paid("u3", "a harbour")],
    written=[
        Written("u1", "a lighthouse", "completed", ("queued", "sending", "pending", "completed", "stored")),
        Written("u2", "a harbour", "failed", ("queued", "sending", "unknown", "pending", "failed")),
        Written(
            "u3", "a harbour", "completed", ("queued", "sending", "queued", "sending", "pending", "completed")
        ),
        Written(None, "a refusal", "rejected", ("queued", "sending", "rejected")),
    ],
    credits_in_ledger=200,
    credits_upstream=200,
)


def verdict(**figures: int) -> Verdict:
    return Verdict(**(dict.fromkeys((one.name for one in fields(Verdict)), 0) | figures))


def test_a_world_in_order_is_clean() -> None:
    assert judge(CLEAN) == verdict()
    assert judge(CLEAN).is_clean


@pytest.mark.parametrize("figure", [one.name for one in fields(Verdict)])
def test_any_figure_but_zero_is_not_clean(figure: str) -> None:
    assert not verdict(**{figure: 1}).is_clean


def test_a_second_payment_for_one_clip_is_seen() -> None:
    twice = world(paid=[*CLEAN.paid, Paid("u4", "a lighthouse")], written=[*CLEAN.written, written("u4")])
    assert judge(twice) == verdict(paid_twice=1)


def test_a_third_payment_for_two_equal_clips_is_seen() -> None:
    thrice = [*CLEAN.paid, Paid("u4", "a harbour")]
    assert judge(world(paid=thrice)) == verdict(paid_twice=1, orphans=1)


def test_a_paid_job_that_no_row_refers_to_is_an_orphan() -> None:
    unlinked = [replace(CLEAN.written[0], upstream_id=None), *CLEAN.written[1:]]
    assert judge(world(written=unlinked)) == verdict(orphans=1)


def test_a_row_that_refers_to_what_nobody_paid_for_is_an_orphan() -> None:
    assert judge(world(written=[*CLEAN.written, written("made elsewhere")])) == verdict(orphans=1)


def test_two_clips_that_got_each_others_jobs_are_orphans() -> None:
    first, second, *others = CLEAN.written
    swapped = [replace(first, upstream_id="u2"), replace(second, upstream_id="u1"), *others]
    assert judge(world(written=swapped)).orphans == 4


def test_a_clip_without_a_row_is_lost() -> None:
    assert judge(world(asked={**CLEAN.asked, "a promise": 1})) == verdict(lost=1)


@pytest.mark.parametrize("state", ["queued", "sending", "unknown", "attention", "blocked", "processing"])
def test_a_clip_that_comes_to_no_end_is_lost(state: str) -> None:
    stuck = [replace(CLEAN.written[0], state=state, told=()), *CLEAN.written[1:]]
    assert judge(world(written=stuck)) == verdict(lost=1)


def test_credits_that_the_ledger_does_not_hold_are_a_drift() -> None:
    assert judge(world(credits_upstream=300)) == verdict(ledger_drift=-100)


@pytest.mark.parametrize(
    "told",
    [
        ("queued", "sending", "pending", "queued"),
        ("sending", "pending", "processing", "pending"),
        ("pending", "completed", "failed"),
        ("sending", "rejected", "sending"),
    ],
)
def test_a_step_back_is_seen(told: tuple[str, ...]) -> None:
    back = [replace(CLEAN.written[0], told=told), *CLEAN.written[1:]]
    assert judge(world(written=back)) == verdict(backwards=1)


def world(**changes: Any) -> World:
    return replace(CLEAN, **changes)


def written(upstream_id: str) -> Written:
    return Written(upstream_id, "a lighthouse", "completed")
