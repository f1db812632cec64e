"""What became of a model over time, in words."""

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
LONGEST = 300  # characters of what a studio calls things
TOGETHER = timedelta(seconds=5)  # what one reading of the models found
LISTS = ("aspect ratios", "durations", "quality modes", "inputs", "parameters")
OFFERS = {
    refresh.BACK: "It came back: the studio offers it again.",
    refresh.SWITCHED_OFF: "Not offered: the studio switched it off.",
    refresh.SWITCHED_ON: "The studio switched it on again.",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What one reading of the studio's models found to be different."""

    at: datetime
    sentences: tuple[str, ...]


def news_of(models: Iterable[StudioModel]) -> dict[int, list[str]]:
    """What changed within NEWS_FOR, by the model's primary key, in few words."""
    since = timezone.now() - NEWS_FOR
    found: dict[int, list[str]] = defaultdict(list)
    for change in ModelChange.objects.filter(model__in=models, at__gte=since):
        found[change.model_id].append(f"{headline(change)} on {day(change.at)}")
    return found


def moments_of(model: StudioModel) -> list[Moment]:
    """The newest first; the last of them is the day on which it was first seen, where nothing is left out."""
    changes = list(model.changes.all()[: MOST_TOLD + 1])
    moments = [_moment(found) for found in _by_reading(changes[:MOST_TOLD])]
    if len(changes) > MOST_TOLD:
        return [*moments, Moment(changes[-1].at, ("Earlier changes are not listed.",))]
    return [*moments, Moment(model.first_seen_at, ("First seen among the studio’s models.",))]


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
    """ "The price went from 100 credits to 120 credits.", for a list of all that happened."""
    before, after = _cut(change.before), _cut(change.after)
    match change.what:
        case "price":
            return _of_the_price(before, after)
        case "offer":
            return OFFERS.get(after, "Retired: the studio withdrew it.")
        case own_parameters.OWN:
            return f"{after}."
        case "record":
            return (
                f"Its record could not be understood: {after}" if after else "Its record can be read again."
            )
        case "sound":
            return "It can make sound now." if after == "yes" else "It makes no sound any more."
        case what if what in LISTS:
            return _of_a_list(what, change.before, change.after)
    return f"{headline(change)[:1].upper()}{headline(change)[1:]}."


def _of_the_price(before: str, after: str) -> str:
    """Of a model with several prices, the lowest is what is known of the past: "from 60"."""
    if before.startswith("from ") and after.startswith("from "):
        return f"The lowest price went {before} to {after.removeprefix('from ')} credits."
    return f"The price went from {_price(before)} to {_price(after)}."


def _of_a_list(what: str, before: str, after: str) -> str:
    """Which of its values came and went."""
    old, new = (list(filter(None, told.split(", "))) for told in (before, after))
    joined = _lengths if what == "durations" else ", ".join
    came = joined([value for value in new if value not in old])
    went = joined([value for value in old if value not in new])
    told = [f"{_cut(values)} {verb}" for values, verb in ((came, "added"), (went, "gone")) if values]
    return f"{what.capitalize()}: {'; '.join(told) or 'the same, in another order'}."


def _by_reading(changes: Iterable[ModelChange]) -> Iterator[list[ModelChange]]:
    """Those of one reading together; they were written within moments."""
    together: list[ModelChange] = []
    for change in changes:
        if together and together[-1].at - change.at > TOGETHER:
            yield together
            together = []
        together.append(change)
    if together:
        yield together


def _moment(changes: list[ModelChange]) -> Moment:
    """A record that could not be read, or can be again, is the whole story: nothing else truly changed."""
    telling = [change for change in changes if change.what == "record"]
    return Moment(changes[0].at, tuple(map(sentence, telling or reversed(changes))))


def _price(told: str) -> str:
    """ "from 60", or what was not understood, as a sentence has it."""
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
