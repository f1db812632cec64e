"""Reads the log: filtered, and in pages of any number of entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from studio.audit import chain
from studio.audit.models import Entry, EntryQuerySet

AT_ONCE = 2_000  # entries per query


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """A filter; "" and None do not filter. ``group`` is the noun of actions; both days are included."""

    person: int | None = None
    group: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None

    def entries(self) -> EntryQuerySet:
        found = Entry.objects.all()
        if self.person:
            found = found.filter(by=self.person)
        if self.group:
            found = found.filter(action__startswith=f"{self.group}.")
        if self.about:
            found = found.filter(about=self.about)
        if self.since:
            found = found.filter(at__gte=_midnight(self.since))
        if self.until and self.until < date.max:
            found = found.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return found


def _midnight(day: date) -> datetime:
    """The first moment of the day in the installation's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def in_order(entries: EntryQuerySet) -> Iterator[Entry]:
    """Entries from the first number to the last, by short queries: nothing stays open between them."""
    entries = entries.order_by("number")
    page = list(entries[:AT_ONCE])
    while page:
        yield from page
        page = list(entries.filter(number__gt=page[-1].number)[:AT_ONCE])


def line(entry: Entry) -> str:
    """The entry as a line of JSON that can be verified without a database: see docs/audit.md."""
    return chain.canonical({**entry.facts(), "hash": entry.hash}) + "\n"
