"""The model picker: every model as a card, in the order in which this person is likely to want it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from dashboard.words import day
from studio.catalog.models import Connection, ModelChange, StudioModel
from studio.contract.capability import Capability, Limits
from studio.contract.price import price_label, price_range
from studio.jobs.models import Job
from studio.team.models import Member

NEWS_FOR = timedelta(days=7)
PATIENCE = timedelta(seconds=20)  # with a worker that was asked to read the models
LOOK_BACK = 60  # jobs of a person, to tell which models they used lately
PRICE_STEPS = (25, 50, 100, 200, 400, 800)  # credits, offered as filters where they divide the models


@dataclass(frozen=True, slots=True)
class Card:
    """One model as the picker shows it. ``low`` is its smallest price in credits, None where unreadable."""

    model: StudioModel
    capability: Capability
    durations: str
    price: str
    low: int | None
    recent: bool
    news: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the search box looks in."""
        shown = self.capability
        return " ".join([shown.name, shown.engine, shown.slug, shown.description]).lower()


@dataclass(frozen=True, slots=True)
class Picker:
    cards: list[Card]
    not_understood: list[StudioModel]

    @property
    def inputs(self) -> list[str]:
        """Those that divide the models, in the contract's order."""
        counts = {kind: sum(kind in card.capability.inputs for card in self.cards) for kind in INPUTS}
        return [kind for kind, count in counts.items() if 0 < count < len(self.cards)]

    @property
    def some_sound(self) -> bool:
        return 0 < sum(card.capability.sound for card in self.cards) < len(self.cards)

    @property
    def price_steps(self) -> list[int]:
        lows = [card.low for card in self.cards if card.low is not None]
        return [step for step in PRICE_STEPS if 0 < sum(low <= step for low in lows) < len(self.cards)]


INPUTS = ("text", "image", "video")


def picker(connection: Connection, person: Member) -> Picker:
    """Every model that can be picked, those this person used lately first."""
    rank = {slug: place for place, slug in enumerate(recently_used(connection, person))}
    offered = list(connection.models.offered())
    news = _news(offered)
    cards = [_card(model, model.slug in rank, tuple(news[model.pk])) for model in offered]
    cards.sort(key=lambda card: (rank.get(card.model.slug, len(rank)), card.model.position))
    return Picker(cards, list(connection.models.not_understood()))


def is_refreshing(connection: Connection) -> bool:
    """A person asked for the models anew, and the worker may still answer."""
    asked, tried = connection.refresh_asked_at, connection.models_tried_at
    if asked is None or (tried is not None and tried >= asked):
        return False
    return timezone.now() - asked < PATIENCE


def recently_used(connection: Connection, person: Member) -> list[str]:
    """Slugs, the latest first, each once."""
    jobs = Job.objects.filter(owner=person, connection=connection).order_by("-id")
    return list(dict.fromkeys(jobs.values_list("model_slug", flat=True)[:LOOK_BACK]))


def _card(model: StudioModel, recent: bool, news: tuple[str, ...]) -> Card:
    capability = model.capability
    span = price_range(capability)
    return Card(
        model=model,
        capability=capability,
        durations=durations_phrase(capability.durations),
        price=price_label(capability),
        low=int(span[0]) if span else None,
        recent=recent,
        news=news,
    )


def durations_phrase(seconds: tuple[int, ...]) -> str:
    """ "8 s", "5, 10 s", and "3–15 s" for many."""
    if len(seconds) > 4 or (len(seconds) == 4 and seconds[-1] - seconds[0] == 3):
        return f"{min(seconds)}–{max(seconds)} s"
    return f"{', '.join(map(str, seconds))} s" if seconds else ""


def limits_phrase(limits: Limits) -> str:
    """ "1 needed", "2 to 4", "up to 2"; "" where the model sets no limit."""
    if limits.max is None:
        return f"at least {limits.min}" if limits.min else ""
    if limits.min == limits.max:
        return f"{limits.min} needed"
    return f"{limits.min} to {limits.max}" if limits.min else f"up to {limits.max}"


def _news(models: Iterable[StudioModel]) -> dict[int, list[str]]:
    """What changed within NEWS_FOR, by the model's primary key, as sentences."""
    since = timezone.now() - NEWS_FOR
    found: dict[int, list[str]] = defaultdict(list)
    for change in ModelChange.objects.filter(model__in=models, at__gte=since):
        found[change.model_id].append(_sentence(change))
    return found


def _sentence(change: ModelChange) -> str:
    if change.what == "offer":
        return f"{change.after} on {day(change.at)}"
    before, after = (
        told.removeprefix("from ").removesuffix(" credits") for told in (change.before, change.after)
    )
    return f"{change.what} changed {before or 'none'} → {after or 'none'} on {day(change.at)}"
