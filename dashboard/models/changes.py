"""The changes of a model over time, in words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone

from dashboard.shared.words import day
from studio.catalog import own_parameters, refresh
from studio.catalog.models import ModelChange, StudioModel
from studio.contract.price import PUBLISHED

NEWS_FOR = timedelta(days=7)
MOST_TOLD = 60  # changes
LONGEST = 300  # characters of the studio's own words
TOGETHER = timedelta(seconds=5)  # changes found by one refresh
LISTS = ("aspect ratios", "durations", "quality modes", "inputs", "parameters")
OFFERS = {
    refresh.BACK: "Available again at the studio.",
    refresh.SWITCHED_OFF: "Turned off by the studio.",
    refresh.SWITCHED_ON: "Turned on again by the studio.",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """The changes found by one refresh of the models."""

    at: datetime
    sentences: tuple[str, ...]


def news_of(models: Iterable[StudioModel]) -> dict[int, list[str]]:
    """Changes within NEWS_FOR by the model's primary key, as short phrases."""
    since = timezone.now() - NEWS_FOR
    found: dict[int, list[str]] = defaultdict(list)
    for change in ModelChange.objects.filter(model__in=models, at__gte=since):
        found[change.model_id].append(f"{headline(change)} on {day(change.at)}")
    return found


def moments_of(model: StudioModel) -> list[Moment]:
    """Newest first; the last one is when it was first seen, unless earlier changes are left out."""
    changes = list(model.changes.all()[: MOST_TOLD + 1])
    moments = [_moment(found) for found in _by_reading(changes[:MOST_TOLD])]
    if len(changes) > MOST_TOLD:
        return [*moments, Moment(changes[-1].at, ("Earlier changes are not listed.",))]
    return [*moments, Moment(model.first_seen_at, ("First seen.",))]


def headline(change: ModelChange) -> str:
    """ "price changed 100 → 120", for a card."""
    if change.what in ("offer", own_parameters.OWN):
        return change.after
    before, after = (
        _cut(told.removeprefix(PUBLISHED).removeprefix("from ").removesuffix(" credits"))
        for told in (change.before, change.after)
    )
    return f"{change.what} changed {before or 'none'} → {after or 'none'}"


def sentence(change: ModelChange) -> str:
    """ "The price changed from 100 credits to 120 credits.", for the list of changes."""
    before, after = _cut(change.before), _cut(change.after)
    match change.what:
        case "price":
            return _of_the_price(before, after)
        case "offer":
            return OFFERS.get(after, "Retired by the studio.")
        case own_parameters.OWN:
            return f"{after}."
        case "record":
            return f"The record could not be read: {after}" if after else "The record can be read again."
        case "sound":
            return "Sound added." if after == "yes" else "Sound removed."
        case what if what in LISTS:
            return _of_a_list(what, change.before, change.after)
    return f"{headline(change)[:1].upper()}{headline(change)[1:]}."


def _of_the_price(before: str, after: str) -> str:
    """For a model with several prices, only the lowest past price is known: "from 60"."""
    if before.startswith("from ") and after.startswith("from "):
        return f"The lowest price changed {before} to {after.removeprefix('from ')} credits."
    return f"The price changed from {_price(before)} to {_price(after)}."


def _of_a_list(what: str, before: str, after: str) -> str:
    """The values that were added and removed."""
    old, new = (list(filter(None, told.split(", "))) for told in (before, after))
    joined = _lengths if what == "durations" else ", ".join
    came = joined([value for value in new if value not in old])
    went = joined([value for value in old if value not in new])
    told = [f"{_cut(values)} {verb}" for values, verb in ((came, "added"), (went, "removed")) if values]
    return f"{what.capitalize()}: {'; '.join(told) or 'reordered'}."


def _by_reading(changes: Iterable[ModelChange]) -> Iterator[list[ModelChange]]:
    """Groups the changes of one refresh, which are written within seconds."""
    together: list[ModelChange] = []
    for change in changes:
        if together and together[-1].at - change.at > TOGETHER:
            yield together
            together = []
        together.append(change)
    if together:
        yield together


def _moment(changes: list[ModelChange]) -> Moment:
    """If a record became unreadable, or readable again, nothing else really changed."""
    telling = [change for change in changes if change.what == "record"]
    return Moment(changes[0].at, tuple(map(sentence, telling or reversed(changes))))


def _price(told: str) -> str:
    """ "60 credits or more", or the text of a price that could not be read."""
    if told.startswith(PUBLISHED):
        return f"“{told.removeprefix(PUBLISHED)}”"
    return f"{told.removeprefix('from ')} credits or more" if told.startswith("from ") else told or "none"


def _lengths(told: list[str]) -> str:
    """ "3 s", "4 s", "5 s" and "8 s" as "3–5, 8 s"."""
    seconds = [int(length.removesuffix(" s")) for length in told]
    runs = [list(run) for _, run in groupby(enumerate(seconds), lambda pair: pair[1] - pair[0])]
    spans = (f"{run[0][1]}–{run[-1][1]}" if len(run) > 1 else str(run[0][1]) for run in runs)
    return f"{', '.join(spans)} s" if runs else ""


def _cut(told: str) -> str:
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"
