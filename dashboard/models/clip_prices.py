"""The price of a clip of one model by duration, quality and sound: as estimates, and as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from dashboard.models.words import spaced
from dashboard.shared.words import amount, credits_phrase
from studio.catalog.models import StudioModel
from studio.contract.capability import Capability, Choice
from studio.contract.price import Estimate, price_label
from studio.credits.learned import Key, Learned
from studio.jobs.money.estimating import preferred
from studio.jobs.money.price_list import PriceLine, published_price

DAYS = 365  # prices are learned from the clips of this period
NEWEST = 3_000  # clips are enough where many models are compared
MOST_DURATIONS, MOST_QUALITIES = 16, 6
ANY = Choice("", "")


@dataclass(frozen=True, slots=True)
class ClipPrices:
    """The prices of a readable model, including those learned from its recent clips."""

    model: StudioModel
    learned: Mapping[Key, Learned]

    @classmethod
    def taught_by(cls, lines: list[PriceLine], model: StudioModel) -> "ClipPrices":
        return cls(model, {line.key: line.learned for line in lines if line.learned})

    def estimate(self, duration: int | None, quality: str, sound: bool) -> Estimate:
        """Without the directory discount; learned prices are preferred, as in estimates."""
        key = Key(self.model.connection_id, self.model.slug, quality[:80], duration or 0, sound)
        published = published_price(self.model, key)
        return published if self.model.connection.is_sandbox else preferred(published, self.learned.get(key))

    def cheapest(self, duration: int | None, sound: bool) -> tuple[Estimate, Choice]:
        """The cheapest quality and its price; the first one if no price is known."""
        offered = self.model.capability.quality_modes or (ANY,)
        found = [(self.estimate(duration, quality.value, sound), quality) for quality in offered]
        known = [pair for pair in found if pair[0].credits is not None]
        return min(known, key=lambda pair: pair[0].credits or 0) if known else found[0]

    @property
    def charged(self) -> str:
        """ "100 to 130 credits in 12 clips"; "" with too few clips, and for the sandbox, whose prices are exact."""
        found = [learned for key, learned in self.learned.items() if not key.optin]
        if not found or self.model.connection.is_sandbox:
            return ""
        low, high = min(each.lowest for each in found), max(each.highest for each in found)
        span = credits_phrase(low) if low == high else f"{amount(low)} to {credits_phrase(high)}"
        return f"{span} in {sum(each.runs for each in found):,} clips"


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: list[Estimate]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Rows are durations, columns qualities with and without sound; some are left out if there are many."""

    columns: list[str]
    rows: list[Row]
    is_whole: bool

    @property
    def is_known(self) -> bool:
        return any(cell.credits is not None for row in self.rows for cell in row.cells)

    @property
    def is_one(self) -> bool:
        """Whether every clip has the same price, so that a sentence is enough."""
        told = {cell.credits for row in self.rows for cell in row.cells}
        return len(told) == 1 and None not in told

    @property
    def has_learned(self) -> bool:
        return any(cell.source == "learned" for row in self.rows for cell in row.cells)

    @property
    def sentence(self) -> str:
        known = [cell.credits for row in self.rows for cell in row.cells if cell.credits is not None]
        if not known:
            return ""
        low, high = min(known), max(known)
        if self.is_one:
            return f"Every clip costs {credits_phrase(low)}."
        return f"A clip costs {amount(low)} to {credits_phrase(high)}." if low < high else ""


def price_table(prices: ClipPrices) -> PriceTable:
    capability = prices.model.capability
    durations = spaced(capability.durations, MOST_DURATIONS)
    qualities = (capability.quality_modes or (ANY,))[:MOST_QUALITIES]
    columns = list(product(qualities, (False, True) if capability.sound else (False,)))
    rows: list[Row] = [
        Row(
            f"{duration} s" if duration else "A clip",
            [prices.estimate(duration, quality.value, sound) for quality, sound in columns],
        )
        for duration in durations or (None,)
    ]
    is_whole = len(durations) == len(capability.durations) and len(qualities) >= len(capability.quality_modes)
    return PriceTable([_column(quality, sound) for quality, sound in columns], rows, is_whole)


def as_published(capability: Capability) -> str:
    """The published price in words."""
    label = price_label(capability)
    return f"{label} credits" if label.startswith("from ") else label


def _column(quality: Choice, sound: bool) -> str:
    return ", ".join(filter(None, [quality.label, "with sound" if sound else ""])) or "Credits"
