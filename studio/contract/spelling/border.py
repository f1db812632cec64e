"""The border: what every decoded JSON answer passes before any other code sees it.

Behind it, text holds no NUL and no half of a surrogate pair, every number is finite and exact, and nothing is nested
deeper than MOST_LEVELS: SQLite, PostgreSQL, JSON encoders and templates take all of it. What was changed is noted with
the object that held it.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.contract.spelling.keys import plain
from studio.contract.spelling.values import UNSTORABLE, Unread, printable

MOST_LEVELS = 64  # of nesting; SQLite keeps no JSON of a thousand
LONGEST_TEXT = 100_000  # characters of one text
LONGEST_KEY = 1_000
LARGEST_NUMBER = 2**53  # beyond it, a JSON number is no longer exact everywhere
MOST_OPTIONS = 200  # entries of one list or object within a model's record
MOST_VALUES = 20_000  # in a model's record; one that holds more is not read
LEFT_OUT = "…"

_CHARACTERS = "characters"
_NUMBERS = "numbers"
_TEXT = "text"
_LEVELS = "levels"
_NAMES = "names"
_OPTIONS = "options"
_SENTENCES = {
    _CHARACTERS: "Characters that cannot be stored were replaced.",
    _NUMBERS: "A number that is too large, or is none at all, is kept as text.",
    _TEXT: f"Text longer than {LONGEST_TEXT:,} characters was cut.",
    _LEVELS: f"What is nested deeper than {MOST_LEVELS} levels was left out.",
    _NAMES: "Two fields with the same name: the first one is used.",
}
_JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)

Tally = Counter[str]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A value that has passed the border. ``notes_of`` tells, in sentences, what was changed in one of its objects."""

    value: Any
    _changes: Mapping[int, Tally] = field(
        default_factory=dict, repr=False
    )  # by id() of an object in ``value``

    def notes_of(self, record: object) -> tuple[str, ...]:
        return _sentences(self._changes.get(id(record), Tally()))


def read_json(body: bytes, clean: Callable[[str], str] = str) -> Admitted:
    """Decode JSON and take it across the border. ``clean`` is applied to every text, names of fields included.

    Bytes that are no UTF-8, raw control characters and any depth are read: one odd record must not hide the
    others. Raises ValueError for what is not JSON.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        value = _decoded(text)
    except RecursionError:
        value = _decoded(_flattened(text))
    return admit(value, clean)


def admit(value: Any, clean: Callable[[str], str] = str) -> Admitted:
    """Take decoded JSON across the border."""
    border = _Border(clean)
    return Admitted(border.take(value, MOST_LEVELS), border.changes)


def bounded(
    record: Mapping[str, Any], is_whole: Callable[[str], bool]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A record with at most MOST_OPTIONS entries in each list and object in it, and notes of what was left out.

    The record's own fields are all kept, and whatever stands under a name that ``is_whole``. Raises Unread for a
    record of more than MOST_VALUES values.
    """
    tally = Tally()
    kept = {name: item if is_whole(name) else _few(item, is_whole, tally) for name, item in record.items()}
    if _count(kept, MOST_VALUES) > MOST_VALUES:
        raise Unread(f"Its record holds more than {MOST_VALUES:,} values.")
    return kept, _sentences(tally)


class _Exact(str):
    """A number as it was written, where no number of ours is the same."""

    __slots__ = ()


def _decoded(text: str) -> Any:
    return json.loads(
        text,
        strict=False,  # raw line breaks in text
        parse_int=_whole_number,
        parse_float=_fraction,
        parse_constant=_Exact,
    )


def _whole_number(digits: str) -> int | _Exact:
    """Python refuses to read some thousands of digits, and with them the whole answer."""
    if len(digits) > 17:
        return _Exact(digits)
    return int(digits) if abs(int(digits)) <= LARGEST_NUMBER else _Exact(digits)


def _fraction(digits: str) -> float | _Exact:
    number = float(digits)
    return number if abs(number) <= LARGEST_NUMBER else _Exact(digits)


def _flattened(text: str) -> str:
    """JSON with "…" for what is nested too deep for a decoder that calls itself."""
    kept: list[str] = []
    depth = start = 0
    for token in _JSON_TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == MOST_LEVELS + 2:
                kept += [text[start : token.start()], f'"{LEFT_OUT}"']
        elif token[0] in "]}":
            depth -= 1
            if depth == MOST_LEVELS + 1:
                start = token.end()
    return "".join([*kept, text[start:]]) if depth == 0 else ""


@dataclass(slots=True)
class _Border:
    clean: Callable[[str], str]
    changes: dict[int, Tally] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)  # of the object that is being taken

    def take(self, value: Any, levels: int, name: str = "") -> Any:
        """The value to keep; what was changed in it is counted in ``tally``."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, _Exact):
            return self._exact(value, name)
        if isinstance(value, str):
            return self._text(value, LONGEST_TEXT)
        if isinstance(value, int | float):
            return self._number(value, name)
        if not levels:
            self.tally[_LEVELS] += 1
            return LEFT_OUT
        if isinstance(value, dict):
            return self._object(value, levels - 1)
        return [self.take(item, levels - 1, name) for item in value]

    def _object(self, value: dict[Any, Any], levels: int) -> dict[str, Any]:
        outer, self.tally = self.tally, Tally()
        kept: dict[str, Any] = {}
        for said, item in value.items():
            name = self._text(str(said), LONGEST_KEY)
            if name in kept:
                self.tally[_NAMES] += 1
            else:
                kept[name] = self.take(item, levels, name)
        if self.tally:
            self.changes[id(kept)] = self.tally
            outer.update(self.tally)
        self.tally = outer
        return kept

    def _text(self, text: str, longest: int) -> str:
        shown = self.clean(text)
        if UNSTORABLE.search(shown):
            shown = printable(shown)
            self.tally[_CHARACTERS] += 1
        if len(shown) > longest:
            shown = f"{shown[: longest - 1]}{LEFT_OUT}"
            self.tally[_TEXT] += 1
        return shown

    def _exact(self, digits: str, name: str) -> str:
        """An id loses nothing as text: it is no figure, and needs no note."""
        if not plain(name).endswith(("id", "ids")):
            self.tally[_NUMBERS] += 1
        return str(digits) if len(digits) <= LONGEST_KEY else f"{digits[: LONGEST_KEY - 1]}{LEFT_OUT}"

    def _number(self, value: float, name: str) -> float | str:
        if -LARGEST_NUMBER <= value <= LARGEST_NUMBER:  # NaN is not
            return value
        spelled = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
        return self._exact(spelled.get(str(value), str(value)), name)


def _few(value: Any, is_whole: Callable[[str], bool], tally: Tally) -> Any:
    if isinstance(value, dict | list) and len(value) > MOST_OPTIONS:
        tally[_OPTIONS] += len(value) - MOST_OPTIONS
    if isinstance(value, dict):
        few = list(value.items())[:MOST_OPTIONS]
        return {name: item if is_whole(name) else _few(item, is_whole, tally) for name, item in few}
    if isinstance(value, list):
        return [_few(item, is_whole, tally) for item in value[:MOST_OPTIONS]]
    return value


def _count(value: Any, most: int) -> int:
    """How many values stand in it, counted no further than one above ``most``."""
    waiting, count = [value], 0
    while waiting and count <= most:
        inner = waiting.pop()
        parts = list(inner.values()) if isinstance(inner, dict) else inner if isinstance(inner, list) else []
        count += len(parts)
        waiting += parts
    return count


def _sentences(tally: Tally) -> tuple[str, ...]:
    told = [sentence for kind, sentence in _SENTENCES.items() if tally[kind]]
    if left_out := tally[_OPTIONS]:
        were = "option was" if left_out == 1 else "options were"
        told.append(f"{left_out:,} {were} left out: a list may have {MOST_OPTIONS} here.")
    return tuple(told)
