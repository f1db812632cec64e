"""Summaries of models for the create page and the list of models, with the values to filter them by."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.models.changes import news_of
from dashboard.models.words import durations_phrase
from studio.catalog.models import StudioModel
from studio.contract.capability import Capability
from studio.contract.decode.capability.offer import DEPRECATED
from studio.contract.price import price_label, price_range

INPUTS = ("text", "image", "video")
PRICE_STEPS = (25, 50, 100, 200, 400, 800)  # credits, offered as filters if they divide the models


@dataclass(frozen=True, slots=True)
class Card:
    """One readable model. ``low`` is its lowest price in credits, None if unknown."""

    model: StudioModel
    capability: Capability
    durations: str
    price: str
    low: int | None
    news: tuple[str, ...]

    @property
    def is_deprecated(self) -> bool:
        return DEPRECATED in self.model.notes

    @property
    def words(self) -> str:
        """The text that the search box searches."""
        shown = self.capability
        return " ".join([shown.name, shown.engine, shown.slug, shown.description]).lower()


@dataclass(frozen=True, slots=True)
class Shelf:
    """Models to choose from, and those of the same studio that are unreadable."""

    cards: list[Card]
    not_understood: list[StudioModel]

    @property
    def inputs(self) -> list[str]:
        """The inputs that divide the models, in the contract's order."""
        counts = {kind: sum(kind in card.capability.inputs for card in self.cards) for kind in INPUTS}
        return [kind for kind, count in counts.items() if 0 < count < len(self.cards)]

    @property
    def some_sound(self) -> bool:
        return 0 < sum(card.capability.sound for card in self.cards) < len(self.cards)

    @property
    def price_steps(self) -> list[int]:
        lows = [card.low for card in self.cards if card.low is not None]
        return [step for step in PRICE_STEPS if 0 < sum(low <= step for low in lows) < len(self.cards)]


def cards_of(models: Sequence[StudioModel]) -> list[Card]:
    """Cards in the same order; all models must be readable."""
    news = news_of(models)
    return [_card(model, tuple(news[model.pk])) for model in models]


def _card(model: StudioModel, news: tuple[str, ...]) -> Card:
    capability = model.capability
    span = price_range(capability)
    return Card(
        model=model,
        capability=capability,
        durations=durations_phrase(capability.durations),
        price=price_label(capability),
        low=int(span[0]) if span else None,
        news=news,
    )
