"""All the ways to touch the log behind its back: each is found, and its place is named."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from studio.audit.models import Entry, Head
from studio.audit.verify import Broken, Link, walk
from tests.audit.test_chain import ROWS, five  # noqa: F401 - a fixture
from tests.factories import a_member

type Five = list[Entry]


def set_to(**values: object) -> Callable[[Five], None]:
    """Of the third entry."""

    def act(entries: Five) -> None:
        ROWS.filter(pk=3).update(**values)

    return act


def renumber(*moves: tuple[int, int]) -> Callable[[Five], None]:
    def act(entries: Five) -> None:
        for old, new in moves:
            ROWS.filter(pk=old).update(number=new)

    return act


def remove(*numbers: int) -> Callable[[Five], None]:
    return lambda entries: ROWS.filter(pk__in=numbers).delete() and None


def write_anew(number: int) -> Callable[[Five], None]:
    """With a hash that fits."""

    def act(entries: Five) -> None:
        entry = entries[number - 1]
        entry.action = "budget.removed"
        ROWS.filter(pk=number).update(action=entry.action, hash=entry.digest())

    return act


def put_in(number: int) -> Callable[[Five], None]:
    def act(entries: Five) -> None:
        entry = Entry(number=6, at=entries[-1].at, action="budget.changed", previous=entries[-1].hash)
        entry.hash = entry.digest()
        entry.save()
        ROWS.filter(pk=6).update(number=number)

    return act


def cut_off(entries: Five) -> None:
    """Only a place that was noted elsewhere tells."""
    ROWS.filter(number__gt=3).delete()
    Head.objects.update(number=3, hash=entries[2].hash)


def head(**values: object) -> Callable[[Five], None]:
    def act(entries: Five) -> None:
        Head.objects.update(**values)

    return act


def set_to_somebody_else(entries: Five) -> None:
    ROWS.filter(pk=3).update(by_id=a_member("x@example.com").pk)


TAMPERED = {
    "time": (lambda entries: ROWS.filter(pk=3).update(at=entries[2].at + timedelta(seconds=1)) and None, 3),
    "who, to another member": (
        lambda entries: ROWS.filter(pk=3).update(by_id=a_member("x@example.com").pk) and None,
        3,
    ),
    "who, to nobody": (set_to(by_id=None), 3),
    "name of who": (set_to(by_name="Somebody else"), 3),
    "action": (set_to(action="budget.removed"), 3),
    "what it is about": (set_to(about="budget:4"), 3),
    "details": (set_to(detail={"limit": 9_000}), 3),
    "address": (set_to(address="192.0.2.8"), 3),
    "browser": (set_to(agent="Chrome"), 3),
    "previous hash": (set_to(previous="0" * 64), 3),
    "its own hash": (set_to(hash="0" * 64), 3),
    "first entry removed": (remove(1), 1),
    "entry removed": (remove(3), 3),
    "last entries removed": (remove(4, 5), 4),
    "two entries swapped": (renumber((2, 99), (3, 2), (99, 3)), 2),
    "entry put in": (put_in(6), 6),
    "entry replaced by one that fits": (write_anew(3), 4),
    "last entry replaced by one that fits": (write_anew(5), 5),
    "end cut off, and where it ends": (cut_off, 4),
    "where it ends, too early": (head(number=2), 3),
    "where it ends, another hash": (head(hash="0" * 64), 5),
    "where it ends, gone": (lambda entries: Head.objects.all().delete() and None, 6),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_what_was_touched_is_found_at_its_place(five: Five, kind: str) -> None:  # noqa: F811 - the fixture
    noted = Link(4, five[3].hash)
    assert walk(noted).number == 5
    touch, number = TAMPERED[kind]
    touch(five)
    with pytest.raises(Broken) as found:
        walk(noted)
    assert found.value.number == number
