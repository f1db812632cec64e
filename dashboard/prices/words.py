"""The words and the chart of a learned price."""

from dataclasses import dataclass

from dashboard.shared.words import amount
from studio.credits.learned import Accuracy, Key
from studio.jobs.money.price_list import PriceLine

WIDTH, MARGIN = 100, 4  # of the drawing


def choices(key: Key) -> str:
    """ "pro · 10 s · with audio"; what the price can depend on."""
    parts = [
        key.quality,
        f"{key.duration} s" if key.duration else "",
        "with audio" if key.sound else "",
        *key.other_choices.values(),
        "with the directory discount" if key.optin else "",
    ]
    return " · ".join(filter(None, parts))


def percent(share: float) -> str:
    """Rounded, but "100 %" only for all and "0 %" only for none."""
    whole = round(share * 100)
    if whole == 100 and share < 1:
        return "over 99 %"
    if whole == 0 and share > 0:
        return "under 1 %"
    return f"{whole} %"


def accuracy_sentence(found: Accuracy, days: int) -> str:
    if found.share is None:
        return ""
    clips = "1 clip" if found.clips == 1 else f"{found.clips:,} clips"
    sums = f"{amount(found.estimated)} credits estimated, {amount(found.charged)} charged"
    said = f"In the last {days} days, {percent(found.share)} of {clips} cost exactly the estimate: {sums}."
    if found.exact == found.clips:
        return said
    off = f"Charges were {percent(found.mean_deviation)} off on average, {percent(found.worst_deviation)} at most."
    return f"{said} {off}"


@dataclass(frozen=True, slots=True)
class Spread:
    """The charges on a line of WIDTH: lowest, highest, quartiles, median, and the published price."""

    lowest: float
    highest: float
    lower: float
    upper: float
    median: float
    published: float | None

    @property
    def box(self) -> float:
        return max(self.upper - self.lower, 1)

    @property
    def reach(self) -> float:
        return self.highest - self.lowest


def spread(line: PriceLine) -> Spread | None:
    """None where there is no learned price."""
    found = line.learned
    if found is None:
        return None
    published = line.published.credits if line.published else None
    values = [found.lowest, found.highest, *([] if published is None else [published])]
    low, high = min(values), max(values)

    def place(credits: float) -> float:
        share = (credits - low) / (high - low) if high > low else 0.5
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    return Spread(
        lowest=place(found.lowest),
        highest=place(found.highest),
        lower=place(found.lower_quartile),
        upper=place(found.upper_quartile),
        median=place(found.median),
        published=None if published is None else place(published),
    )
