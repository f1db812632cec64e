"""Verifies the chain, or finds where it is broken.

Takes no lock and no transaction; entries that are written in the meantime are verified, too.
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
    """A position in the chain, written NUMBER:HASH, to note elsewhere and compare later."""

    number: int = 0
    hash: str = chain.GENESIS

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def walk(*noted: Link) -> Link:
    """Verify the chain and return its end. It must contain all ``noted`` links. Raises Broken."""
    return _along(Link(), {link.number: link for link in noted})


def check() -> Check:
    """Verify the chain and store the result for the page."""
    begun = timezone.now()
    try:
        end = walk()
    except Broken as broken:
        whole = max(0, broken.number - 1)
        return Check.objects.create(at=begun, number=whole, broken_at=broken.number, trouble=broken.sentence)
    return Check.objects.create(at=begun, number=end.number, hash=end.hash)


def check_when_due() -> bool:
    """Called by the worker; checks once a day. True if it checked."""
    last = Check.objects.first()
    if last and timezone.now() - last.at < EVERY:
        return False
    check()
    return True


def _along(last: Link, noted: dict[int, Link]) -> Link:
    while True:
        # At first from the lowest number in the table: an entry below 1 was inserted.
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
        raise Broken(entry.number, f"Entry {entry.number} was inserted: the first entry is number 1.")
    if entry.digest() != entry.hash:
        raise Broken(due, f"Entry {due} was changed after it was written.")
    if entry.previous != last.hash:
        raise Broken(due, f"Entry {due} does not continue {_before(due)}: one of the two was replaced.")
    return Link(entry.number, entry.hash)


def _head(last: Link) -> Head:
    head = Head.objects.filter(pk=1).first()
    if head is None and last.number:
        sentence = (
            f"The record of the log's end is missing: entries may be missing after entry {last.number}."
        )
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
        raise Broken(here.number, f"Entry {here.number} differs from the one you noted.")


def _all_met(end: Link, noted: dict[int, Link]) -> None:
    furthest = max(noted, default=0)
    if furthest > end.number:
        sentence = f"You noted entry {furthest}, but the chain ends at {end.number}: the rest was cut off."
        raise Broken(end.number + 1, sentence)


def _entries(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"


def _before(number: int) -> str:
    return f"entry {number - 1}" if number > 1 else "the beginning"
