"""Where an answer keeps its rows, its sentence and the balance: envelopes differ, rows look alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from studio.contract.spelling import Fields, plain
from studio.contract.values import balance, flag, pruned, text

BALANCE_KEYS = ("creditsremainingtotal", "creditsremaining", "creditsavailable")
_SENTENCE_KEYS = (
    *("error", "message", "detail", "errormessage", "errors", "nonfielderrors", "reason"),
    *("msg", "errormsg", "errmsg", "errordescription", "description", "details", "title"),
)
_REASON_PHRASES = frozenset(plain(status.phrase) for status in HTTPStatus)
_LONGEST_SENTENCE = 500


@dataclass(frozen=True, slots=True)
class RowKind:
    """How to tell a row. ``marks`` are keys that give it away, ``lists`` the usual names of its array."""

    marks: frozenset[str]
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A place that may hold the rows. ``rank`` prefers sure ones, usual names, outer ones, fuller ones."""

    rows: list[tuple[str, Any]]
    rank: tuple[bool, int, int, int]


def find_rows(payload: Any, kind: RowKind) -> list[tuple[str, Any]] | None:
    """(key, row) pairs; the key is "" except where the rows are a mapping id → row. None: no list found.

    An empty or unrecognisable array counts only when it is bare or has a usual name: otherwise an answer
    such as ``{"warnings": []}`` would say that nothing exists.
    """
    if isinstance(payload, list):
        return [("", pruned(row)) for row in payload]
    if not isinstance(payload, Mapping):
        return None
    places = [place for place in _places(payload, kind) if place.rank[0] or place.rank[1] > -len(kind.lists)]
    if not places:
        return None
    return [(key, pruned(row)) for key, row in max(places, key=lambda place: place.rank).rows]


def _places(payload: Mapping[str, Any], kind: RowKind) -> Iterator[_Found]:
    yield from _as_mapping("", payload, kind, depth=1)
    for key, value in payload.items():
        if isinstance(value, list):
            yield _as_list(key, value, kind, depth=1)
        elif isinstance(value, Mapping):
            yield from _as_mapping(key, value, kind, depth=2)
            for inner_key, inner in value.items():
                if isinstance(inner, list):
                    yield _as_list(inner_key, inner, kind, depth=2)


def _as_list(key: str, rows: list[Any], kind: RowKind, depth: int) -> _Found:
    return _Found([("", row) for row in rows], _rank(key, rows, kind, depth))


def _as_mapping(key: str, rows: Mapping[str, Any], kind: RowKind, depth: int) -> Iterator[_Found]:
    """Objects by id. Beside them, the outermost object holds the envelope's own words, which are no rows."""
    if Fields(rows).has(kind.marks) > 1:
        return  # itself a row
    pairs = [(k, row) for k, row in rows.items() if depth > 1 or isinstance(row, Mapping)]
    rank = _rank(key, [row for _, row in pairs], kind, depth)
    if rank[0] or not rows:  # an empty one under a usual name says that there are none
        yield _Found(pairs, rank)


def _rank(key: str, rows: list[Any], kind: RowKind, depth: int) -> tuple[bool, int, int, int]:
    sure = sum(isinstance(row, Mapping) and Fields(row).has(kind.marks) > 0 for row in rows)
    name = plain(key)
    usual = kind.lists.index(name) if name in kind.lists else len(kind.lists)
    return sure > 0, -usual, -depth, sure


def balance_in(payload: Any, rows: list[tuple[str, Any]]) -> int | None:
    """Credits left, from the envelope or an object in it that is none of the rows."""
    if not isinstance(payload, Mapping):
        return None
    own = {id(row) for _, row in rows}
    inner = (value for value in payload.values() if isinstance(value, Mapping) and id(value) not in own)
    found = (balance(Fields(place).take([name])) for place in (payload, *inner) for name in BALANCE_KEYS)
    return next((left for left in found if left is not None), None)


def says_failed(payload: Any) -> bool:
    """``"success": false``, which may come with a 2xx too."""
    return isinstance(payload, Mapping) and flag(Fields(payload).take(("success",))) is False


def sentence_in(payload: Any, depth: int = 3) -> str:
    """The upstream's own words for what went wrong, on one line; "" when it gave none (or a web page)."""
    if isinstance(payload, list) and depth:
        said = " ".join(filter(None, (sentence_in(item, depth - 1) for item in payload[:5])))
    elif isinstance(payload, Mapping) and depth:
        fields = Fields(payload)
        tries = [words for name in _SENTENCE_KEYS if (words := sentence_in(fields.take([name]), depth - 1))]
        said = next(filter(_is_sentence, tries), tries[0] if tries else "")
    else:
        said = "" if isinstance(payload, Mapping) else text(payload)
    words = " ".join(said.split())
    return "" if words.startswith("<") else words[:_LONGEST_SENTENCE]


def _is_sentence(words: str) -> bool:
    """Not a code (``invalid_request``, ``422``) and not a status in words, where another key may say more."""
    return " " in words and plain(words) not in _REASON_PHRASES
