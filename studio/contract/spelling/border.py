"""Sanitizes decoded JSON: every answer passes through here before any other code sees it.

Afterwards text has no NUL and no lone surrogate, every number is finite and exact, and nothing is nested deeper than
MOST_LEVELS: SQLite, PostgreSQL, JSON encoders and templates can handle all of it. Each change is noted with the object
that it was made in.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.contract.spelling.keys import plain
from studio.contract.spelling.values import UNSTORABLE, Unread, printable

MOST_LEVELS = 64  # of nesting; SQLite cannot store JSON a thousand levels deep
LONGEST_TEXT = 100_000  # characters of one text
LONGEST_KEY = 1_000
LARGEST_NUMBER = 2**53  # above it, a JSON number is not exact in every decoder
MOST_OPTIONS = 200  # entries of one list or object within a model's record
MOST_VALUES = 20_000  # in a model's record; a larger record is not read
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
    """A sanitized value. ``notes_of`` returns sentences about what was changed in one of its objects."""

    value: Any
    _changes: Mapping[int, Tally] = field(
        default_factory=dict, repr=False
    )  # by id() of an object in ``value``

    def notes_of(self, record: object) -> tuple[str, ...]:
        return _sentences(self._changes.get(id(record), Tally()))


def read_json(body: bytes, clean: Callable[[str], str] = str) -> Admitted:
    """Decode JSON and sanitize it. ``clean`` is applied to every text, including field names.

    Invalid UTF-8, raw control characters and any depth are accepted, so that one odd record does not hide the
    others. Raises ValueError for what is not JSON.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        value = _decoded(text)
    except RecursionError:
        value = _decoded(_flattened(text))
    return admit(value, clean)


def admit(value: Any, clean: Callable[[str], str] = str) -> Admitted:
    """Sanitize decoded JSON."""
    border = _Border(clean)
    return Admitted(border.take(value, MOST_LEVELS), border.changes)


def bounded(
    record: Mapping[str, Any], is_whole: Callable[[str], bool]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The record with at most MOST_OPTIONS entries in each list and object, and notes about what was left out.

    All of the record's own fields are kept, and everything under a name for which ``is_whole`` is true. Raises Unread
    if the record has more than MOST_VALUES values.
    """
    tally = Tally()
    kept = {name: item if is_whole(name) else _few(item, is_whole, tally) for name, item in record.items()}
    if _count(kept, MOST_VALUES) > MOST_VALUES:
        raise Unread(f"Its record holds more than {MOST_VALUES:,} values.")
    return kept, _sentences(tally)


class _Exact(str):
    """A number as it was written, if we have no number that is exactly equal."""

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
    """Python's ``int`` refuses thousands of digits, and the whole answer would be lost with them."""
    if len(digits) > 17:
        return _Exact(digits)
    return int(digits) if abs(int(digits)) <= LARGEST_NUMBER else _Exact(digits)


def _fraction(digits: str) -> float | _Exact:
    number = float(digits)
    return number if abs(number) <= LARGEST_NUMBER else _Exact(digits)


def _flattened(text: str) -> str:
    """JSON with "…" in place of anything nested too deep for a recursive decoder."""
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
    tally: Tally = field(default_factory=Tally)  # changes in the object that is being sanitized

    def take(self, value: Any, levels: int, name: str = "") -> Any:
        """The sanitized value; its changes are counted in ``tally``."""
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
        for given, item in value.items():
            name = self._text(str(given), LONGEST_KEY)
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
        """A long id as text is exact, so it needs no note; any other number does."""
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
    """How many values it holds. Counting stops at ``most`` + 1."""
    waiting, count = [value], 0
    while waiting and count <= most:
        inner = waiting.pop()
        parts = list(inner.values()) if isinstance(inner, dict) else inner if isinstance(inner, list) else []
        count += len(parts)
        waiting += parts
    return count


def _sentences(tally: Tally) -> tuple[str, ...]:
    sentences = [sentence for kind, sentence in _SENTENCES.items() if tally[kind]]
    if left_out := tally[_OPTIONS]:
        were = "option was" if left_out == 1 else "options were"
        sentences.append(f"{left_out:,} {were} left out: a list may have {MOST_OPTIONS} here.")
    return tuple(sentences)
