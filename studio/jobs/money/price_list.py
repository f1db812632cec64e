"""A connection's prices as a list: published, learned from its clips, and how accurate the estimates were."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.catalog.models import Connection, StudioModel
from studio.contract.price import Estimate, estimate
from studio.contract.request import GenerateRequest
from studio.credits import learned
from studio.credits.learned import Accuracy, Key, Learned
from studio.credits.models import PriceSample
from studio.jobs.money.estimating import preferred, price_changes


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A model with one choice of everything that its price depends on. ``learned`` is None with too few clips."""

    key: Key
    name: str
    model: StudioModel | None  # None if it was never listed here
    published: Estimate | None  # None if the model is no longer offered
    learned: Learned | None
    accuracy: Accuracy
    runs: int

    @property
    def is_learned(self) -> bool:
        """Whether estimates use the learned price."""
        if self.learned is None or self.published is None:
            return self.learned is not None
        return preferred(self.published, self.learned).source == "learned"


@dataclass(frozen=True, slots=True)
class PriceList:
    lines: list[PriceLine]
    accuracy: Accuracy  # of all its clips


def price_list(connection: Connection, days: int, slug: str = "", most: int = 20_000) -> PriceList:
    """The prices of clips made in the last ``days``, by model and choice; of the newest ``most`` clips.

    With a ``slug``, only those of that model.
    """
    samples = learned.recent(connection.pk, days, slug, most)
    lines = sorted(_lines(connection, samples), key=_order)
    return PriceList(lines, learned.accuracy(samples))


def _lines(connection: Connection, samples: Sequence[PriceSample]) -> Iterator[PriceLine]:
    found = learned.by_key(samples)
    models = {row.slug: row for row in connection.models.filter(slug__in={key.model_slug for key in found})}
    changed_at = price_changes(models.values())
    for key, mine in found.items():
        model = models.get(key.model_slug)
        yield PriceLine(
            key=key,
            name=model.name if model else key.model_slug,
            model=model,
            published=_published(model, key),
            learned=learned.figures(mine, changed_at.get(model.pk) if model else None),
            accuracy=learned.accuracy(mine),
            runs=len(mine),
        )


def _published(model: StudioModel | None, key: Key) -> Estimate | None:
    if model is None or not model.is_offered:
        return None
    return published_price(model, key)


def published_price(model: StudioModel, key: Key) -> Estimate:
    """The published price for a key. The model must be readable."""
    request = GenerateRequest(
        model_slug=key.model_slug,
        quality_mode=key.quality,
        duration_seconds=key.duration or None,
        sound=key.sound,
        prompt_directory_optin=key.optin,
        **key.other_choices,
    )
    return estimate(request, model.capability)


def _order(line: PriceLine) -> tuple[str, str, int, bool, bool]:
    key = line.key
    return line.name.lower(), key.quality, key.duration, key.sound, key.optin
