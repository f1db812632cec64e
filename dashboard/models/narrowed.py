"""The filters of the list of models, read from the query string. Values that cannot be read are ignored."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from dashboard.models.cards import INPUTS, Card
from dashboard.shared.query_reader import whole_number
from studio.catalog.models import StudioModel


@dataclass(frozen=True, slots=True)
class Narrowed:
    """``low`` is the maximum price of the cheapest clip, in credits."""

    said: str = ""
    inputs: tuple[str, ...] = ()
    sound: bool = False
    low: int | None = None

    def __bool__(self) -> bool:
        return bool(self.said or self.inputs or self.sound or self.low is not None)

    def fits(self, card: Card) -> bool:
        shown = card.capability
        return (
            self._is_said_in(card.words)
            and all(kind in shown.inputs for kind in self.inputs)
            and (shown.sound or not self.sound)
            and (self.low is None or (card.low is not None and card.low <= self.low))
        )

    def fits_unread(self, model: StudioModel) -> bool:
        """For an unreadable model, only the name is known."""
        only_said = not (self.inputs or self.sound or self.low is not None)
        return only_said and self._is_said_in(f"{model.name} {model.slug}".lower())

    def _is_said_in(self, words: str) -> bool:
        return all(word in words for word in self.said.lower().split())


def narrowed(query: QueryDict) -> Narrowed:
    asked = query.getlist("input")
    return Narrowed(
        said=query.get("q", "").strip()[:100],
        inputs=tuple(kind for kind in INPUTS if kind in asked),
        sound="sound" in query,
        low=whole_number(query.get("low", "")),
    )


def chosen(query: QueryDict) -> list[int]:
    """The models to compare, each once, in the order of the query string."""
    numbers: Iterable[int | None] = map(whole_number, query.getlist("model"))
    return list(dict.fromkeys(number for number in numbers if number is not None))
