"""Reports on spending, read from the totals, never from the ledger.

Days are those of the installation's time zone on which clips were requested. Whole months are read from monthly totals,
the rest of the period from daily totals, so a report on years costs little more than one on a week.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import add
from typing import Any, ClassVar, NamedTuple, Self

from django.db.models import Q, QuerySet, Sum

from studio.credits.models import DayTotal, MonthTotal, Total

FAILED = "failed"
READY = "completed"
BURN_DAYS = 14
FARTHEST = 730  # days: beyond two years a forecast is not worth a date

type Value = int | str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which clips to include: requested from ``since`` to ``until``, both included. None and "" do not filter.

    ``token`` 0 means no token: clips requested in the browser.
    """

    since: date
    until: date
    connection: int | None = None
    person: int | None = None
    project: int | None = None
    model: str = ""
    family: str = ""
    outcome: str = ""
    token: int | None = None

    COLUMNS: ClassVar[dict[str, str]] = {
        "connection": "connection_id",
        "person": "person_id",
        "project": "project_id",
        "model": "model_slug",
        "family": "model_family",
        "outcome": "outcome",
        "token": "token_id",
    }

    def within(self, since: date, until: date) -> Self:
        return replace(self, since=since, until=until)

    @property
    def wanted(self) -> dict[str, Value]:
        """Column → the value to filter by."""
        fields = ((column, getattr(self, name)) for name, column in self.COLUMNS.items())
        return {column: value for column, value in fields if value not in (None, "")}

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


class Sums(NamedTuple):
    """Sums over some clips, in credits except for the counts. A tuple, because a report adds thousands of them."""

    clips: int = 0
    ready: int = 0
    failed: int = 0
    held: int = 0  # set aside for clips under way
    charged: int = 0
    refunded: int = 0

    @property
    def spent(self) -> int:
        return self.charged - self.refunded

    @property
    def per_clip(self) -> float | None:
        """The cost per clip that became ready, including all failures; None without one."""
        return self.spent / self.ready if self.ready else None

    def __add__(self, other: tuple[int, ...]) -> "Sums":  # type: ignore[override]  # sums, where a tuple joins
        return Sums(*map(add, self, other))

    def __bool__(self) -> bool:
        return any(self)


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one person, project, model …"""

    value: Value
    sums: Sums


@dataclass(frozen=True, slots=True)
class Report:
    """One period, broken down by every dimension. Each breakdown adds up to the whole."""

    narrowed: Filter
    whole: Sums
    parts: dict[str, list[Part]]  # by the names of BREAKDOWNS, most spent first


BREAKDOWNS = ("person", "project", "model", "outcome", "token")
SUMMED = (  # in the order of Sums
    Sum("clips"),
    Sum("clips", filter=Q(outcome=READY), default=0),
    Sum("clips", filter=Q(outcome=FAILED), default=0),
    *(Sum("held"), Sum("charged"), Sum("refunded")),
)


def report(narrowed: Filter) -> Report:
    """Read the totals once and add them up along each dimension, so that all figures agree."""
    cells = _cells(narrowed, *(Filter.COLUMNS[name] for name in BREAKDOWNS))
    parts = {name: _parts(cells, position) for position, name in enumerate(BREAKDOWNS)}
    return Report(narrowed, added_up(part.sums for part in parts["outcome"]), parts)


def totals(narrowed: Filter) -> Sums:
    return added_up(_cells(narrowed, "outcome").values())


def added_up(sums: Iterable[Sums]) -> Sums:
    return sum(sums, Sums())


def by_day(narrowed: Filter, dimension: str) -> dict[tuple[date, Value], Sums]:
    """(day, value of the dimension) → sums; days without a requested clip are missing."""
    return _gathered(_read(_days(narrowed), "day", Filter.COLUMNS[dimension]))


def by_month(narrowed: Filter, dimension: str) -> dict[tuple[date, Value], Sums]:
    """Like ``by_day``, for months by their first day; the first and last month only with days of the period."""
    return _gathered(
        ((day.replace(day=1), value), sums)
        for rows in spending_of(narrowed)
        for (day, value), sums in _read(rows, "day", Filter.COLUMNS[dimension])
    )


def burn_rate(narrowed: Filter, today: date) -> float | None:
    """Credits per day over the last BURN_DAYS up to ``today``, or over fewer days if the first clip is younger.

    None if nothing was spent.
    """
    recent = narrowed.within(today - timedelta(days=BURN_DAYS - 1), today)
    spent = _days(recent).aggregate(spent=Sum("charged") - Sum("refunded"))["spent"] or 0
    first = DayTotal.objects.filter(clips__gt=0).order_by("day").values_list("day", flat=True).first()
    days = min(BURN_DAYS, (today - first).days + 1) if first else BURN_DAYS
    return spent / days if spent > 0 else None


def lasts_until(available: int, burn: float, today: date) -> date | None:
    """The day on which ``available`` credits are used up at that rate; None if it is more than FARTHEST days away."""
    days = max(0, available) / burn
    return today + timedelta(days=int(days)) if days <= FARTHEST else None


def _parts(cells: Mapping[tuple[Value, ...], Sums], position: int) -> list[Part]:
    found = _gathered((values[position], sums) for values, sums in cells.items())
    parts = [Part(value, sums) for value, sums in found.items() if sums]
    return sorted(parts, key=lambda part: (-part.sums.spent, -part.sums.clips, str(part.value)))


def _cells(narrowed: Filter, *columns: str) -> dict[tuple[Value, ...], Sums]:
    """The sums of each combination of values that occurs."""
    return _gathered(pair for rows in spending_of(narrowed) for pair in _read(rows, *columns))


def _gathered[Key](pairs: Iterable[tuple[Key, Sums]]) -> dict[Key, Sums]:
    """The sums of each key. Uses lists, because a report adds thousands of rows to a few keys."""
    found: dict[Key, list[int]] = {}
    for key, (clips, ready, failed, held, charged, refunded) in pairs:
        if kept := found.get(key):
            kept[0] += clips
            kept[1] += ready
            kept[2] += failed
            kept[3] += held
            kept[4] += charged
            kept[5] += refunded
        else:
            found[key] = [clips, ready, failed, held, charged, refunded]
    return {key: Sums._make(kept) for key, kept in found.items()}


def rows_of(narrowed: Filter) -> Iterator[QuerySet[Any]]:
    """The totals of the whole months in the period, and of the days before and after them."""
    first = _month_after(narrowed.since - timedelta(days=1))
    end = (narrowed.until + timedelta(days=1)).replace(day=1)
    if first >= end:
        yield _rows(DayTotal, narrowed, narrowed.since, narrowed.until)
        return
    yield _rows(MonthTotal, narrowed, first, end - timedelta(days=1))
    if narrowed.since < first:
        yield _rows(DayTotal, narrowed, narrowed.since, first - timedelta(days=1))
    if end <= narrowed.until:
        yield _rows(DayTotal, narrowed, end, narrowed.until)


def spending_of(narrowed: Filter) -> Iterator[QuerySet[Any]]:
    """The same, without rows that belong to no clip: top-ups and adjustments are not spending."""
    return (rows.exclude(outcome="") for rows in rows_of(narrowed))


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _days(narrowed: Filter) -> QuerySet[Any]:
    return _rows(DayTotal, narrowed, narrowed.since, narrowed.until).exclude(outcome="")


def _rows(of: type[Total], narrowed: Filter, since: date, until: date) -> QuerySet[Any]:
    return of._default_manager.filter(day__range=(since, until), **narrowed.wanted)


def _read(rows: QuerySet[Any], *columns: str) -> Iterator[tuple[tuple[Any, ...], Sums]]:
    """The sums, grouped by those columns."""
    summed = {f"sum_{number}": expression for number, expression in enumerate(SUMMED)}
    for row in rows.order_by().values_list(*columns).annotate(**summed):
        yield row[: len(columns)], Sums._make(row[len(columns) :])
