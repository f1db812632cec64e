"""The list of models: available, turned off, retired or unreadable, after filters."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.models.cards import Card, Shelf, cards_of
from dashboard.models.clip_prices import DAYS, NEWEST, ClipPrices, as_published
from dashboard.models.narrowed import Narrowed
from studio.catalog.models import Connection, StudioModel
from studio.jobs.money.price_list import PriceLine, price_list


@dataclass(frozen=True, slots=True)
class Entry:
    """``price`` is the published price, ``charged`` the actual charges, in words; "" if unknown."""

    card: Card
    price: str
    charged: str


@dataclass(frozen=True, slots=True)
class Listed:
    """``whole`` has all available models, without filters: the values that filters can have."""

    whole: Shelf
    offered: list[Entry]
    withheld: list[StudioModel]
    not_understood: list[StudioModel]
    retired: list[StudioModel]

    @property
    def is_empty(self) -> bool:
        return not (self.whole.cards or self.withheld or self.whole.not_understood or self.retired)

    @property
    def count(self) -> str:
        """ "3 of 12 models"; "12 models" where all are shown."""
        every, shown = len(self.whole.cards), len(self.offered)
        all_models = f"{every:,} model{'' if every == 1 else 's'}"
        return all_models if shown == every else f"{shown:,} of {all_models}"


def listed(connection: Connection, asked: Narrowed, chosen: Sequence[int]) -> Listed:
    """Models in ``chosen`` stay even if they do not match, because they are selected for comparison."""
    models = list(connection.models.all())
    for model in models:
        model.connection = connection  # saves a query for each
    whole = Shelf(
        cards_of([model for model in models if model.is_offered]),
        [model for model in models if model.unreadable_reason and model.retired_at is None],
    )
    charged = _charged(connection, whole.cards)
    return Listed(
        whole=whole,
        offered=[
            Entry(card, as_published(card.capability), charged.get(card.model.slug, ""))
            for card in whole.cards
            if asked.fits(card) or card.model.pk in chosen
        ],
        withheld=[
            model
            for model in models
            if model.withheld_reason and model.retired_at is None and asked.fits_unread(model)
        ],
        not_understood=[model for model in whole.not_understood if asked.fits_unread(model)],
        retired=[model for model in models if model.retired_at and asked.fits_unread(model)],
    )


def _charged(connection: Connection, cards: Sequence[Card]) -> dict[str, str]:
    """Actual charges by slug."""
    if connection.is_sandbox:
        return {}
    by_slug: dict[str, list[PriceLine]] = {}
    for line in price_list(connection, DAYS, most=NEWEST).lines:
        by_slug.setdefault(line.key.model_slug, []).append(line)
    return {
        card.model.slug: ClipPrices.taught_by(by_slug.get(card.model.slug, []), card.model).charged
        for card in cards
    }
