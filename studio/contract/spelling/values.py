"""Reads values in any spelling: text, figures, yes and no, moments.

Every function accepts whatever JSON can hold; None (or "" from ``text``) means "not understood".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from studio.contract.spelling.keys import Fields, is_blank, plain
from studio.core.errors import UserFacingError

NOTHING = frozenset(
    (
        *("none", "null", "n/a", "na", "no", "false", "–", "—", "", "unsupported"),
        *("notrequired", "notneeded", "notsupported", "notapplicable", "notavailable"),
    )
)
YES = frozenset(("true", "yes", "y", "on", "1", "supported", "available", "enabled", "optional", "required"))
_NO = NOTHING | {"0", "n", "off", "disabled", "unavailable"}

_FIGURE = re.compile(r"[+-]?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,9})?")
_LARGEST_FIGURE = 10**12  # no count, price or balance is larger
_YEARS = range(
    1970, 2200
)  # other years are mistakes; some time zones cannot even represent the first and last days

_LIST_JOINTS = re.compile(r"\s*[,;|\n]\s*|\s+(?:/|\+|or|and)\s+", re.IGNORECASE)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # valid JSON, but no database column or UTF-8 body can hold it
REPLACED = "\ufffd"

VALUE_KEYS = ("value", "slug", "id", "key", "code")
LABEL_KEYS = ("label", "name", "title", "displayname", "text")


class Unread(UserFacingError, ValueError):
    """A value that could not be understood."""


def in_quotes(value: object, limit: int = 60) -> str:
    """A value as a short quotation for a sentence."""
    shown = words_of(value)
    return f"“{shown[:limit]}…”" if len(shown) > limit else f"“{shown}”"


def words_of(value: object, depth: int = 3) -> str:
    """Any JSON as one line of text, to show what was not understood: ``base: 100, extra: 5``."""
    if isinstance(value, Mapping):
        parts = (f"{key}: {words_of(item, depth - 1)}" for key, item in value.items())
    elif isinstance(value, list | tuple):
        parts = (words_of(item, depth - 1) for item in value)
    else:
        return text(value) if not isinstance(value, bool) else str(value).lower()
    return ", ".join(parts) if depth else "…"


def text(value: object) -> str:
    """Trimmed text, a figure as text, or the label of an object; "" for anything else."""
    if isinstance(value, str):
        return printable(value).strip()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        exact = decimal(value)
        return "" if exact is None else figure(exact)
    if isinstance(value, Mapping):
        return text_in(value, (*LABEL_KEYS, *VALUE_KEYS))
    return ""


def printable(words: str) -> str:
    """The text without characters that a database column, encoder or template rejects."""
    return UNSTORABLE.sub(REPLACED, words)


def short_text(value: object, most: int) -> str:
    """The text, cut to ``most`` characters."""
    whole_text = text(value)
    return whole_text if len(whole_text) <= most else f"{whole_text[: most - 1]}…"


def text_in(record: Mapping[str, Any], names: Iterable[str]) -> str:
    """The text or figure under the first of ``names`` that the object has."""
    found = Fields(record).take(names)
    return "" if isinstance(found, Mapping) else text(found)


def figure(exact: Decimal) -> str:
    """A Decimal as people write it: ``100``, ``0.5``; never an exponent or trailing zeros."""
    return f"{exact:f}".rstrip("0").rstrip(".") if exact % 1 else f"{exact:.0f}"


def decimal(value: object) -> Decimal | None:
    """A figure, also from text (``"1,000"``, ``"100 credits"``). None for anything absurdly large."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        bare = re.sub(r"\s*(?:credits?|cr)\.?$", "", value.strip(), flags=re.IGNORECASE)
        return Decimal(bare.replace(",", "")) if _FIGURE.fullmatch(bare) else None
    if isinstance(value, int | float | Decimal):
        return _sane(value)
    return None


def _sane(value: float | Decimal) -> Decimal | None:
    if not -_LARGEST_FIGURE < value < _LARGEST_FIGURE:  # also true for NaN
        return None
    return Decimal(value) if isinstance(value, int) else round(Decimal(str(value)), 6)


def whole(value: object) -> int | None:
    """A whole number; ``8.0`` is one, ``8.5`` is not."""
    exact = decimal(value)
    return int(exact) if exact is not None and exact % 1 == 0 else None


def charge(value: object) -> int | None:
    """Credits charged or required, rounded up; None for a negative number."""
    exact = _rounded(value, ROUND_CEILING)
    return None if exact is None or exact < 0 else exact


def balance(value: object) -> int | None:
    """Credits left, rounded down."""
    return _rounded(value, ROUND_FLOOR)


def _rounded(value: object, rounding: str) -> int | None:
    exact = decimal(value)
    if exact is None:
        return None
    return int(exact.to_integral_value(rounding))


def flag(value: object) -> bool | None:
    """True or False from JSON, words, 1 or 0, or ``{"supported": …}``; None if not understood."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        word = plain(value)
        return True if word in YES else False if word in _NO else None
    if isinstance(value, Mapping):
        inner = Fields(value).take(("supported", "available", "enabled"))
        return None if isinstance(inner, Mapping) else flag(inner)
    return None


def says_none(value: object) -> bool:
    """True for ``null``, ``""``, ``[]``, ``false``, "not required" and similar values."""
    return is_blank(value) or value is False or (isinstance(value, str) and plain(value) in NOTHING)


def listed(words: str) -> list[str]:
    """The parts of comma-separated text; semicolons, bars, line breaks, "or" and "and" separate, too."""
    return [part for part in _LIST_JOINTS.split(words.strip()) if part]


def distinct[T, K](items: Iterable[T], key: Callable[[T], K]) -> tuple[T, ...]:
    """The first item of each key, in order."""
    first: dict[K, T] = {}
    for item in items:
        first.setdefault(key(item), item)
    return tuple(first.values())


def moment(value: object) -> datetime | None:
    """ISO 8601 (UTC if it has no zone), or an epoch in s, ms or µs, as an aware datetime in UTC."""
    read = _read_moment(value)
    return read if read and read.year in _YEARS else None


def _read_moment(value: object) -> datetime | None:
    try:
        epoch = _epoch(value)
        if epoch is not None:
            return datetime.fromtimestamp(epoch, UTC) if epoch > 0 else None
        if not isinstance(value, str):
            return None
        read = datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "+00:00", value.strip()))
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _epoch(value: object) -> float | None:
    """Seconds since 1970 from seconds, milliseconds or microseconds, recognized by their size."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{9,17}(?:\.[0-9]{1,9})?", value.strip()):
        return None
    ticks = float(value)
    return ticks / 10**6 if ticks >= 10**14 else ticks / 1000 if ticks >= 10**11 else ticks
