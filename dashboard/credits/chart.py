"""The chart of a report: stacked bars of days, weeks, months or years, rendered on the server without JavaScript.

Its drawing stretches to any width, so it holds no words: those stand around it, as text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, log10

from dashboard.credits.names import Names
from dashboard.credits.question import Question
from dashboard.shared.words import days, is_month, month
from studio.credits.reports import Sums, Value, by_day, by_month
from studio.jobs.states import OPEN
from studio.projects.models import Colour

HIGH = 100  # units of the drawing
STEP, BAR = 10, 7  # a bin, and the bar in it
MOST_SERIES = 8  # what spent least is drawn together
MOST_DAYS, MOST_WEEKS, MOST_MONTHS = 62, 14, 60  # bins of a kind, before the next kind
MOST_LABELS = 7
PALETTE = (Colour.BLUE, Colour.AMBER, Colour.TEAL, Colour.VIOLET, Colour.CORAL, Colour.GREEN, Colour.ROSE)
OF_OUTCOME = {"completed": Colour.GREEN, "failed": Colour.CORAL, OPEN: Colour.VIOLET, "stopped": Colour.AMBER}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    colour: str
    values: frozenset[Value]
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    colour: str
    spent: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bin:
    """``since`` and ``until`` are its days within the period; ``label`` is "" for most bins."""

    since: date
    until: date
    label: str
    x: float
    clips: int
    spent: int
    segments: list[Segment]
    amounts: list[int]  # one for each series, for the table
    jobs_url: str

    @property
    def words(self) -> str:
        return month(self.since) if is_month(self.since, self.until) else days(self.since, self.until)


@dataclass(frozen=True, slots=True)
class Chart:
    unit: str  # "day", "week", "month" or "year"
    top: int  # credits at the upper edge
    bins: list[Bin]
    series: list[Series]

    @property
    def width(self) -> int:
        return len(self.bins) * STEP

    @property
    def middle(self) -> float:
        return self.top / 2

    @property
    def highest(self) -> Bin:
        return max(self.bins, key=lambda one: one.spent)


def chart(question: Question) -> Chart | None:
    """None if nothing was spent, or if there would be only one bar."""
    period, unit = question.period, _unit(question.period.days)
    read = by_day if unit in ("day", "week") else by_month
    found = read(question.narrowed, question.stack)
    if not any(sums.spent for sums in found.values()) or period.days == 1:
        return None
    spans = list(_spans(max(period.since, _first(found, unit)), period.until, unit))
    cells: dict[tuple[date, Value], Sums] = {}
    for (day, value), sums in found.items():
        key = (_start(day, unit), value)
        cells[key] = cells.get(key, Sums()) + sums
    series = _series(found, question.stack, question.names)
    top = _round_up(_highest(cells))
    every = ceil(len(spans) / MOST_LABELS)
    bins = [
        _bin(question, number, span, cells, series, top, unit, number % every == 0)
        for number, span in enumerate(spans)
    ]
    return Chart(unit, top, bins, series)


def _bin(
    question: Question,
    number: int,
    span: tuple[date, date],
    cells: dict[tuple[date, Value], Sums],
    series: list[Series],
    top: int,
    unit: str,
    has_label: bool,
) -> Bin:
    start = _start(span[0], unit)
    of_series = [sum((cells.get((start, value), Sums()) for value in one.values), Sums()) for one in series]
    return Bin(
        since=span[0],
        until=span[1],
        label=_label(span[0], unit) if has_label else "",
        x=number * STEP + (STEP - BAR) / 2,
        clips=sum(sums.clips for sums in of_series),
        spent=sum(sums.spent for sums in of_series),
        segments=list(_stacked(series, [sums.spent for sums in of_series], top)),
        amounts=[sums.spent for sums in of_series],
        jobs_url=question.jobs_url(**{"from": span[0], "until": span[1]}),
    )


def _stacked(series: list[Series], amounts: list[int], top: int) -> Iterator[Segment]:
    """From the bottom up, starting with the series with the highest spending."""
    y = float(HIGH)
    for one, spent in zip(series, amounts, strict=True):
        if spent > 0:
            height = HIGH * spent / top
            y -= height
            yield Segment(one.name, one.colour, spent, round(y, 2), round(height, 2))


def _series(found: dict[tuple[date, Value], Sums], dimension: str, names: Names) -> list[Series]:
    """Highest spending first; the rest is summed up as one series."""
    spent: dict[Value, int] = {}
    for (_, value), sums in found.items():
        spent[value] = spent.get(value, 0) + sums.spent
    order = sorted(spent, key=lambda value: (-spent[value], str(value)))
    shown = order if len(order) <= MOST_SERIES else order[: MOST_SERIES - 1]
    series = [
        Series(
            names.of(dimension, value),
            _colour(dimension, value, place, names),
            frozenset({value}),
            spent[value],
        )
        for place, value in enumerate(shown)
        if spent[value]
    ]
    if rest := frozenset(order[len(shown) :]):
        series.append(Series("Others", Colour.GREY.value, rest, sum(spent[value] for value in rest)))
    return series


def _colour(dimension: str, value: Value, place: int, names: Names) -> str:
    if dimension == "project":
        return names.colour(value)
    if dimension == "outcome":
        return OF_OUTCOME.get(str(value), Colour.GREY).value
    return PALETTE[place % len(PALETTE)].value


# ── Bins ────────────────────────────────────────────────────────────────────────────────────────────────
def _unit(length: int) -> str:
    """The unit of the bars for a period of this many days."""
    if length <= MOST_DAYS:
        return "day"
    if length <= MOST_WEEKS * 7:
        return "week"
    return "month" if length <= MOST_MONTHS * 31 else "year"


def _start(day: date, unit: str) -> date:
    match unit:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    return day.replace(month=1, day=1)


def _after(start: date, unit: str) -> date:
    match unit:
        case "day":
            return start + DAY
        case "week":
            return start + 7 * DAY
        case "month":
            return (start + 31 * DAY).replace(day=1)
    return start.replace(year=start.year + 1)


def _spans(since: date, until: date, unit: str) -> Iterator[tuple[date, date]]:
    """The first and last day of each bin, cut to the period."""
    start = _start(since, unit)
    while start <= until:
        after = _after(start, unit)
        yield max(start, since), min(after - DAY, until)
        start = after


def _first(found: dict[tuple[date, Value], Sums], unit: str) -> date:
    """Years before the first clip are left out; for shorter units every bin is drawn."""
    return min(day for day, _ in found) if unit == "year" else date.min


def _highest(cells: dict[tuple[date, Value], Sums]) -> int:
    """The highest of the bins' sums."""
    bars: dict[date, int] = {}
    for (start, _), sums in cells.items():
        bars[start] = bars.get(start, 0) + max(0, sums.spent)
    return max(bars.values())


def _round_up(highest: int) -> int:
    """A round, even number at or above the highest bar: 2, 4, 6, 10, 20, 30 …"""
    if highest <= 2:
        return 2
    power = 10 ** int(log10(highest))
    return next(
        step for step in (_even(power * part) for part in (1, 2, 3, 4, 5, 6, 8, 10)) if step >= highest
    )


def _even(number: int) -> int:
    return number + number % 2


def _label(day: date, unit: str) -> str:
    match unit:
        case "month":
            return f"{day:%b %Y}" if day.month == 1 else f"{day:%b}"
        case "year":
            return str(day.year)
    return f"{day.day} {day:%b}"
