"""Two to four models side by side: capabilities, differences, and the cheapest and fastest."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dashboard.models.clip_prices import DAYS, NEWEST, ClipPrices, as_published
from dashboard.models.facts import Fact, facts_of
from dashboard.models.words import spaced
from dashboard.shared.words import credits_phrase, length
from studio.catalog.models import StudioModel
from studio.contract.capability import Capability
from studio.jobs.money.price_list import price_list
from studio.jobs.submit import expected_seconds

FEWEST, MOST = 2, 4
MOST_DURATIONS = 6
MOST_LENGTHS = 60  # searched for the cheapest second
EMPTY = Capability(slug="", name="")
NOT_KNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """``of`` is the model's name; ``best`` marks the best value of the row: "cheapest", "fastest"."""

    words: str
    note: str = ""
    shapes: tuple[str, ...] = ()
    figure: float | None = None  # for comparison; lower is better
    best: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: list[Cell]

    @property
    def differs(self) -> bool:
        return len({cell.words for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Column:
    """One model. If it is unreadable, capability and prices are None."""

    model: StudioModel
    prices: ClipPrices | None
    usual_seconds: int | None

    @property
    def capability(self) -> Capability | None:
        return self.prices.model.capability if self.prices else None

    @property
    def can_be_made(self) -> bool:
        """Whether the create page offers it: it uses the default connection."""
        return self.model.is_offered and self.model.connection.is_default


@dataclass(frozen=True, slots=True)
class Comparison:
    columns: list[Column]
    facts: list[Row]
    prices: list[Row]

    @property
    def same(self) -> int:
        """The number of rows without differences."""
        return sum(not row.differs for row in (*self.facts, *self.prices))

    @property
    def can_be_made(self) -> bool:
        return any(column.can_be_made for column in self.columns)


def column_of(model: StudioModel) -> Column:
    usual = expected_seconds(model.connection_id, model.slug)
    if model.unreadable_reason:
        return Column(model, None, usual)
    lines = price_list(model.connection, DAYS, model.slug, NEWEST).lines
    return Column(model, ClipPrices.taught_by(lines, model), usual)


def comparison(models: Sequence[StudioModel]) -> Comparison:
    columns = [column_of(model) for model in models]
    return Comparison(columns, list(_facts(columns)), list(_prices(columns)))


def too_few_or_many(chosen: int) -> str:
    """What to do if this number of models cannot be compared; "" if it can."""
    if chosen == 0:
        return "Choose two to four models to compare."
    if chosen < FEWEST:
        return "Choose at least two models to compare."
    if chosen > MOST:
        return f"You chose {chosen} models. Showing the first four."
    return ""


def _facts(columns: Sequence[Column]) -> Iterator[Row]:
    engines = [
        column.capability.engine or "unknown" if column.capability else NOT_KNOWN for column in columns
    ]
    yield _row("Engine", columns, map(Cell, engines))
    found = [{fact.label: fact for fact in facts_of(column.capability or EMPTY)} for column in columns]
    for label in dict.fromkeys(label for each in found for label in each):
        cells = [_fact(column, each.get(label)) for column, each in zip(columns, found, strict=True)]
        yield _row(label, columns, cells)
    yield _row("Usual duration", columns, [_usual(column.usual_seconds) for column in columns], "fastest")


def _fact(column: Column, fact: Fact | None) -> Cell:
    if column.capability is None:
        return Cell(NOT_KNOWN)
    return Cell(fact.words, shapes=fact.shapes) if fact else Cell("not available")


def _usual(seconds: int | None) -> Cell:
    return Cell(NOT_KNOWN) if seconds is None else Cell(f"about {length(seconds)}", figure=seconds)


def _prices(columns: Sequence[Column]) -> Iterator[Row]:
    prices = [column.prices for column in columns]
    yield _row(
        "Published",
        columns,
        [Cell(as_published(each.model.capability) if each else NOT_KNOWN) for each in prices],
    )
    if any(each and each.charged for each in prices):
        charged = [(each and each.charged) or "too few clips" for each in prices]
        yield _row("Actual charges", columns, map(Cell, charged))
    several_sound = sum(bool(column.capability and column.capability.sound) for column in columns) > 1
    for duration in _durations(columns):
        label = f"{duration} s" if duration else "A clip"
        yield _row(label, columns, [_price(each, duration, sound=False) for each in prices], "cheapest")
        if several_sound:
            with_sound = [_price(each, duration, sound=True) for each in prices]
            yield _row(f"{label} with sound", columns, with_sound, "cheapest")
    yield _row("Lowest price per second", columns, [_of_a_second(each) for each in prices], "cheapest")


def _durations(columns: Sequence[Column]) -> list[int] | list[None]:
    """Durations that most models share; if they share none, some of all. None if no model has any."""
    offered = [column.capability.durations for column in columns if column.capability]
    every = sorted({seconds for each in offered for seconds in each})
    shared = [seconds for seconds in every if sum(seconds in each for each in offered) > 1]
    return spaced(shared or every, MOST_DURATIONS) or [None]


def _price(prices: ClipPrices | None, duration: int | None, *, sound: bool) -> Cell:
    """The price at the cheapest quality. A model that chooses the length itself is not compared."""
    if prices is None:
        return Cell(NOT_KNOWN)
    capability = prices.model.capability
    if sound and not capability.sound:
        return Cell("no sound")
    if duration and capability.durations and duration not in capability.durations:
        return Cell("not available")
    found, quality = prices.cheapest(duration if capability.durations else None, sound)
    if found.credits is None:
        return Cell(found.basis)
    if duration and not capability.durations:
        return Cell(credits_phrase(found.credits), "any length")
    note = ", ".join(filter(None, [quality.label, "learned" if found.source == "learned" else ""]))
    return Cell(credits_phrase(found.credits), note, figure=found.credits)


def _of_a_second(prices: ClipPrices | None) -> Cell:
    """The length with the lowest price per second; without sound."""
    lengths = spaced(prices.model.capability.durations, MOST_LENGTHS) if prices else []
    found = (
        [(prices.cheapest(seconds, sound=False)[0].credits, seconds) for seconds in lengths] if prices else []
    )
    each = [(credits / seconds, seconds) for credits, seconds in found if credits is not None]
    if not each:
        return Cell(NOT_KNOWN)
    rate, seconds = min(each)
    return Cell(credits_phrase(round(rate, 1)), f"in {seconds} s", figure=rate)


def _row(label: str, columns: Sequence[Column], cells: Iterable[Cell], best: str = "") -> Row:
    """Mark the lowest of at least two figures with ``best``, unless all are equal."""
    named = [replace(cell, of=column.model.name) for column, cell in zip(columns, cells, strict=True)]
    figures = [cell.figure for cell in named if cell.figure is not None]
    if not best or len(set(figures)) < 2:
        return Row(label, named)
    return Row(label, [replace(cell, best=best) if cell.figure == min(figures) else cell for cell in named])
