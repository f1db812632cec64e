"""The choices that a model offers, as prices name them."""

from collections.abc import Iterable, Mapping

from studio.contract.capability import Choice
from studio.contract.decode.capability.options import seconds
from studio.contract.decode.price.words import PARAMETERS
from studio.contract.published_price import DURATION, SOUND, as_text
from studio.contract.spelling.keys import plain
from studio.contract.spelling.values import flag, text


class Choices:
    """Looks up parameters and choices by the names that prices use, in plain spelling.

    ``offered``: the choices of the model's parameters, by wire name; ``also``: more keys that name a parameter.
    """

    def __init__(self, offered: Mapping[str, Iterable[Choice]], also: Mapping[str, str]) -> None:
        self._values: dict[str, dict[str, str]] = {}
        for name, choices in offered.items():
            known = tuple(choices)
            labels = {plain(choice.label): as_text(choice.value) for choice in known}
            self._values[name] = labels | {plain(choice.value): as_text(choice.value) for choice in known}
        self._names = dict(also)
        for name in offered:
            for form in (
                "{}",
                "{}s",
                "supported{}",
                "supported{}s",
                "allowed{}s",
                "available{}s",
                "{}options",
            ):
                self._names.setdefault(form.format(plain(name)), name)
        for name, spellings in PARAMETERS.items():
            for spelling in spellings:
                self._names.setdefault(spelling, name)

    def parameter(self, key: str) -> str | None:
        """The wire name of the parameter that a key names."""
        return self._names.get(key)

    def value(self, name: str, given: object) -> str | None:
        """The value that a request would send; None if the model has no such choice."""
        if name == DURATION:
            length = seconds(given)
            return None if length is None else str(length)
        if name == SOUND:
            loud = flag(given)
            return None if loud is None else as_text(loud)
        values = self._values.get(name)
        if values:
            return values.get(plain(as_text(given)))
        return as_text(given) if isinstance(given, bool) else text(given) or None

    def only_one(self, key: str) -> tuple[str, str] | None:
        """The only choice, of any parameter, that a key names. A bare figure counts as a duration if it is offered."""
        found = {(name, values[key]) for name, values in self._values.items() if key in values}
        length, lengths = seconds(key), self._values.get(DURATION, {})
        if length is not None and (str(length) in lengths.values() or not (found or lengths)):
            found.add((DURATION, str(length)))
        return found.pop() if len(found) == 1 else None
