"""Walk along the chain and say whether it is whole, or where it is not.

No lock, no transaction: entries that are written meanwhile are walked, too.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from studio.audit import chain
from studio.audit.models import Check, Entry, Head
from studio.audit.queries import in_order
from studio.core.errors import UserFacingError

EVERY = timedelta(days=1)


class Broken(UserFacingError):
    """The chain is broken at entry ``number``."""

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(sentence)
        self.number = number


@dataclass(frozen=True, slots=True)
class Link:
    """A place of the chain, written NUMBER:HASH: what one notes elsewhere to compare with later."""

    number: int = 0
    hash: str = chain.GENESIS

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def walk(*noted: Link) -> Link:
    """The end of the chain, when all of it is whole and leads through what was ``noted``. Raises Broken."""
    return _along(Link(), {link.number: link for link in noted})


def check() -> Check:
    """Walk, and keep what came of it for the page."""
    begun = timezone.now()
    try:
        end = walk()
    except Broken as broken:
        whole = max(0, broken.number - 1)
        return Check.objects.create(at=begun, number=whole, broken_at=broken.number, trouble=broken.sentence)
    return Check.objects.create(at=begun, number=end.number, hash=end.hash)


def check_when_due() -> bool:
    """For the worker: once a day. True when it checked."""
    last = Check.objects.first()
    if last and timezone.now() - last.at < EVERY:
        return False
    check()
    return True


def _along(last: Link, noted: dict[int, Link]) -> Link:
    while True:
        # From the lowest number there is, while nothing was walked: one below 1 was put in.
        for entry in in_order(
            Entry.objects.filter(number__gt=last.number) if last.number else Entry.objects.all()
        ):
            last = _step(last, entry)
            _compare(last, noted)
        head = _head(last)
        if head.number <= last.number:
            _end(last, head)
            _all_met(last, noted)
            return last
        if not Entry.objects.filter(number__gt=last.number).exists():
            raise Broken(last.number + 1, f"{_entries(last.number + 1, head.number)} missing at the end.")


def _step(last: Link, entry: Entry) -> Link:
    due = last.number + 1
    if entry.number > due:
        raise Broken(due, f"{_entries(due, entry.number - 1)} missing.")
    if entry.number < due:
        raise Broken(entry.number, f"Entry {entry.number} was put in: the first is number 1.")
    if entry.digest() != entry.hash:
        raise Broken(due, f"Entry {due} is not as it was written.")
    if entry.previous != last.hash:
        raise Broken(due, f"Entry {due} does not continue {_before(due)}: one of the two was replaced.")
    return Link(entry.number, entry.hash)


def _head(last: Link) -> Head:
    head = Head.objects.filter(pk=1).first()
    if head is None and last.number:
        sentence = f"What says where the log ends is gone: entries may be missing after entry {last.number}."
        raise Broken(last.number + 1, sentence)
    return head or Head()


def _end(last: Link, head: Head) -> None:
    if head.number < last.number:
        sentence = f"Only {head.number} entries were recorded, but the log goes on to entry {last.number}."
        raise Broken(head.number + 1, sentence)
    if head.hash != last.hash:
        raise Broken(last.number, f"Entry {last.number} is not the one that was recorded last.")


def _compare(here: Link, noted: dict[int, Link]) -> None:
    if noted.get(here.number, here) != here:
        raise Broken(here.number, f"Entry {here.number} is another one than you noted.")


def _all_met(end: Link, noted: dict[int, Link]) -> None:
    furthest = max(noted, default=0)
    if furthest > end.number:
        sentence = f"You noted entry {furthest}, but the chain ends at {end.number}: the rest was cut off."
        raise Broken(end.number + 1, sentence)


def _entries(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"


def _before(number: int) -> str:
    return f"entry {number - 1}" if number > 1 else "the beginning"
