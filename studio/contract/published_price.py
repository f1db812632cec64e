"""A model's published price, as a table of rows that name choices of a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

# Wire names of the parameters that prices name most often.
DURATION, QUALITY, SOUND = "duration_seconds", "quality_mode", "sound"

type When = tuple[tuple[str, str], ...]  # (wire name, value as text), sorted by name


def when(**choices: object) -> When:
    """The conditions of a row: ``when(duration_seconds=8, sound=True)``."""
    return tuple(sorted((name, as_text(value)) for name, value in choices.items()))


def as_text(value: object) -> str:
    """A request's value as rows spell it: ``8`` is "8", True is "true"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """``amount`` credits per clip, or per second, for requests that make the choices in ``when``."""

    when: When
    amount: Decimal
    per_second: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The parameters that the row depends on."""
        return frozenset(name for name, _ in self.when)

    def applies_to(self, options: Mapping[str, str]) -> bool:
        return all(options.get(name) == value for name, value in self.when)


@dataclass(frozen=True, slots=True)
class Discount:
    """The discount for publishing prompt and clip. Without a figure the amount is unknown and nothing is deducted."""

    credits: Decimal | None = None
    percent: Decimal | None = None

    def of(self, cost: Decimal) -> Decimal:
        if self.credits is not None:
            return self.credits
        return Decimal(0) if self.percent is None else cost * self.percent / 100


@dataclass(frozen=True, slots=True)
class Price:
    """What the studio publishes, in credits. Empty if it publishes nothing.

    ``rows`` price the clip: see ``studio.contract.price`` for how rows that apply are combined. All ``extras`` that
    apply are added. A clip costs no less than the highest of ``minimums`` that applies.
    ``published`` is a short text of a price that was not understood; there are no rows then.
    """

    published: str = ""
    rows: tuple[Row, ...] = ()
    extras: tuple[Row, ...] = ()
    minimums: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        """Sort the rows, so that equal tables compare equal. Of rows with the same choices the dearest counts."""
        dearest = {(row.when, row.per_second): row for row in sorted(self.rows)}
        object.__setattr__(self, "rows", tuple(sorted(dearest.values())))
        for name in ("extras", "minimums"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))

    @property
    def every_row(self) -> tuple[Row, ...]:
        return (*self.rows, *self.extras, *self.minimums)

    @property
    def names(self) -> frozenset[str]:
        """The parameters that the price depends on."""
        found: Iterable[str] = (name for row in self.every_row for name in row.names)
        by_length = any(row.per_second for row in self.every_row)
        return frozenset(found) | (frozenset([DURATION]) if by_length else frozenset())


NOT_PUBLISHED = Price()
