"""The ledger as an account statement: how each entry changed the available credits, with a running sum.

Newest day first (the day that an entry counts for), and within a day the newest entry. So the running sum of any page
is the totals of earlier days plus some entries of one day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from studio.credits.models import Entry
from studio.credits.reports import Filter, rows_of
from studio.credits.totals import COLUMNS

Kind = Entry.Kind
SIGNS = {  # how an entry changes the available credits
    Kind.HOLD: -1,
    Kind.RELEASE: 1,
    Kind.CHARGE: -1,
    Kind.REFUND: 1,
    Kind.TOP_UP: 1,
    Kind.ADJUSTMENT: 1,
}
# A hold and its release share a column of the totals, so they are one choice in the filter.
GROUPS = {column: [kind for kind in Kind if COLUMNS[kind][0] == column] for column, _ in COLUMNS.values()}


@dataclass(frozen=True, slots=True)
class Line:
    entry: Entry
    credits: int  # with its sign
    running: int  # the sum of this entry and of all older ones in the period


def entries(narrowed: Filter, group: str = "", below: Entry | None = None) -> QuerySet[Entry]:
    """The entries of the period, newest first; ``group`` is one of GROUPS. Entries have no outcome, so it is ignored.

    Keyset paging: a page continues after ``below``. Its day also ends the range, so that newer rows are not scanned.
    """
    wanted = {column: value or None for column, value in narrowed.wanted.items() if column != "outcome"}
    until = min(narrowed.until, below.day) if below else narrowed.until
    found = Entry.objects.filter(day__range=(narrowed.since, until), **wanted)
    if below:
        found = found.filter(TupleLessThan(Tuple("day", "id"), (below.day, below.pk)))
    kinds = GROUPS.get(group, [])
    if kinds:
        found = found.filter(kind__in=kinds) if len(kinds) > 1 else found.filter(kind=kinds[0])
    return found.order_by("-day", "-id")


def total(narrowed: Filter, group: str = "") -> int:
    """The sum of the period's entries, read from the totals."""
    columns = [group] if group else list(GROUPS)
    sums = dict.fromkeys(columns, 0)
    for rows in rows_of(narrowed):
        for column, amount in rows.aggregate(**{f"{name}_sum": Sum(name) for name in columns}).items():
            sums[column.removesuffix("_sum")] += amount or 0
    return sum(amount * _sign(column) for column, amount in sums.items())


def lines(page: list[Entry], narrowed: Filter, group: str = "") -> Iterator[Line]:
    """The entries of one page, each with the running sum up to it."""
    if not page:
        return
    running = _up_to(page[0], narrowed, group)
    for entry in page:
        credits = entry.amount * SIGNS[Kind(entry.kind)]
        yield Line(entry, credits, running)
        running -= credits


def _up_to(entry: Entry, narrowed: Filter, group: str) -> int:
    of_its_day = entries(narrowed.within(entry.day, entry.day), group).filter(pk__lte=entry.pk)
    amounts = of_its_day.order_by().values_list("kind").annotate(Sum("amount"))
    so_far: int = sum(amount * SIGNS[Kind(kind)] for kind, amount in amounts)
    if entry.day <= narrowed.since:
        return so_far
    return so_far + total(narrowed.within(narrowed.since, _day_before(entry.day)), group)


def _day_before(day: date) -> date:
    return day - timedelta(days=1)


def _sign(column: str) -> int:
    """The sign of a column of the totals; releases are already subtracted from what is held."""
    return -1 if column in ("held", "charged") else 1
