"""Reads what a model offers, in any spelling: choices, ratios, durations, how many of something.

Readers of lists return what they understood. An odd option is left out with a sentence in ``notes``; it never hides
the others. A limit that is not understood is None, the same as no limit.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Any

from studio.contract.capability import NONE_ALLOWED, Choice, Limits
from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import (
    LABEL_KEYS,
    NOTHING,
    VALUE_KEYS,
    YES,
    decimal,
    flag,
    in_quotes,
    listed,
    says_none,
    text,
    text_in,
    whole,
)

_SECONDS_UNIT = r"\s*(?:s|secs?|seconds?)?\.?"
_SECONDS = re.compile(rf"([0-9]{{1,5}})(?:\.0+)?{_SECONDS_UNIT}", re.IGNORECASE)
_SECONDS_SPAN = re.compile(
    rf"([0-9]{{1,5}}){_SECONDS_UNIT}\s*(?:-|–|—|\.\.|to)\s*([0-9]{{1,5}}){_SECONDS_UNIT}", re.IGNORECASE
)
_RATIO = re.compile(r"([0-9]{1,5})\s*[:/x×]\s*([0-9]{1,5})", re.IGNORECASE)
_LARGEST_TERM = 64  # of a reduced ratio; above it, a size in pixels was meant
_LONGEST_CLIP = 86_400
_MOST_DURATIONS = 600
MOST_CHOICES = 600
_LONGEST_VALUE = 200

_SECONDS_KEYS = ("seconds", "duration", "durationseconds", *VALUE_KEYS, *LABEL_KEYS)
_OFF_KEYS = ("disabled", "deprecated", "unavailable", "retired")
_ON_KEYS = ("enabled", "available", "active", "supported", "allowed")

Reader = Callable[[object], Any]


@dataclass(frozen=True, slots=True)
class Offered:
    """The options of one parameter, and the one that is marked as the default."""

    choices: tuple[Choice, ...] = ()
    default: Any = None


def is_enabled(record: Mapping[str, Any]) -> bool:
    """False for an option or model that is marked as disabled, retired or similar."""
    fields = Fields(record)
    if any(flag(fields.take([name])) is True for name in _OFF_KEYS):
        return False
    return all(flag(fields.take([name])) is not False for name in _ON_KEYS)


def choices(value: object, what: str, notes: list[str], read: Reader | None = None) -> Offered:
    """Options from an array of text, figures or objects, from an object value → label, or from text."""
    if says_none(value):
        return Offered()
    read = read or _scalar
    pairs = [_choice(item, read) if key is None else _entry(key, item, read) for key, item in _items(value)]
    return _offered(pairs, what, value, notes)


def _items(value: object) -> Iterator[tuple[str | None, object]]:
    if isinstance(value, Mapping) and not Fields(value).has(VALUE_KEYS):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from ((None, item) for item in value)
    else:
        yield from ((None, part) for part in (listed(value) if isinstance(value, str) else [value]))


def _offered(pairs: list[Choice | None], what: str, value: object, notes: list[str]) -> Offered:
    understood = [choice for choice in pairs if choice is not None]
    if len(understood) < len(pairs):
        notes.append(_left_out(len(pairs) - len(understood), what, value))
    distinct: dict[Any, Choice] = {}
    for choice in understood:
        distinct.setdefault((type(choice.value) is bool, choice.value), choice)
    if len(distinct) > MOST_CHOICES:
        notes.append(f"Only the first {MOST_CHOICES} of its {len(distinct):,} {what} are listed.")
    found = tuple(distinct.values())[:MOST_CHOICES]
    default = next((choice.value for choice in found if isinstance(choice, _Default)), None)
    return Offered(tuple(Choice(one.value, one.label, one.enabled) for one in found), default)


def _left_out(count: int, what: str, value: object) -> str:
    quoted = in_quotes(value)
    if count == 1:
        return f"One of its {what} could not be understood and is left out: {quoted}."
    return f"{count:,} of its {what} could not be understood and are left out: {quoted}."


class _Default(Choice):
    """An option that the record marks as the default."""

    __slots__ = ()


def _choice(item: object, read: Reader) -> Choice | None:
    if not isinstance(item, Mapping):
        value = read(item)
        return None if value is None else Choice(value, _label(item, value))
    value = read(item)
    if value is None:
        return None
    kind = _Default if flag(Fields(item).take(("default", "isdefault"))) else Choice
    label = text_in(item, LABEL_KEYS)
    return kind(value, label or _label(value, value), is_enabled(item))


def _entry(key: str, item: object, read: Reader) -> Choice | None:
    """An object's entry: value → label, value → yes or no, or value → facts about it."""
    value = read(key)
    if value is None:
        return None
    if isinstance(item, Mapping):
        return _choice({"value": key, **item}, read)
    label = text(item) if isinstance(item, str) and plain(item) not in YES else ""
    return Choice(value, label or _label(key, value), flag(item) is not False)


def _label(item: object, value: Any) -> str:
    if isinstance(item, bool):
        return "yes" if item else "no"
    return text(item) or text(value)


def _scalar(item: object) -> Any:
    """The value of an option as it is sent. A label alone is not a value."""
    if isinstance(item, Mapping):
        found = Fields(item).take(VALUE_KEYS)
        return _scalar(found) if found is not None and not isinstance(found, Mapping) else _only_name(item)
    if isinstance(item, bool | int | float):
        return item
    value = text(item)
    return value if value and len(value) <= _LONGEST_VALUE else None


def _only_name(item: Mapping[str, Any]) -> str | None:
    """``{"name": "std", "credits": 40}``: the name is what is sent, unless there is another label."""
    name = text(Fields(item).take(("name",)) or Fields(item).take(("label", "title")))
    return name if name and len(name) <= _LONGEST_VALUE else None


def ratio(item: object) -> str | None:
    """``16:9`` from ``16/9``, ``16x9``, ``{"width": 16, "height": 9}`` or an object that holds one; words such as
    "Auto" unchanged. None for a label without a ratio."""
    if isinstance(item, Mapping):
        fields = Fields(item)
        width, height = whole(fields.take(("width", "w"))), whole(fields.take(("height", "h")))
        if width and height:
            return _reduced(width, height)
        value = text_in(item, ("aspectratio", "ratio", *VALUE_KEYS))
        if value:
            return ratio(value)
        name = text_in(item, LABEL_KEYS)
        return ratio(name) if _RATIO.fullmatch(name) else None
    value = text(item)
    if found := _RATIO.fullmatch(value):
        return f"{int(found[1])}:{int(found[2])}" if int(found[1]) and int(found[2]) else None
    return value if 0 < len(value) <= _LONGEST_VALUE else None


def _reduced(width: int, height: int) -> str | None:
    divisor = gcd(width, height)
    terms = width // divisor, height // divisor
    return f"{terms[0]}:{terms[1]}" if min(terms) > 0 and max(terms) <= _LARGEST_TERM else None


def seconds(value: object) -> int | None:
    """A clip's length from ``8``, ``8.0``, ``"8"``, ``"8s"``, ``"8 seconds"`` or an object with one."""
    if isinstance(value, Mapping):
        value = Fields(value).take(_SECONDS_KEYS)
    if isinstance(value, str) and (spelled := _SECONDS.fullmatch(value.strip())):
        value = int(spelled[1])
    length = None if isinstance(value, str) else whole(value)
    return length if length is not None and 0 < length <= _LONGEST_CLIP else None


def durations(value: object, notes: list[str]) -> Offered:
    """The lengths a model offers, in seconds, in the order given."""
    if says_none(value):
        return Offered()
    items = value if isinstance(value, list | tuple) else [value]
    pairs = [choice for item in items for choice in _lengths(item)]
    return _offered(pairs, "durations", value, notes)


def _lengths(item: object) -> Iterable[Choice | None]:
    if isinstance(item, Mapping):
        return _lengths_in(item, Fields(item))
    if isinstance(item, str):
        return [length for part in listed(item) for length in _spelled_lengths(part)] or [None]
    return [_length(seconds(item))]


def _lengths_in(item: Mapping[str, Any], fields: Fields) -> Iterable[Choice | None]:
    if fields.has(("min", "max", "minimum", "maximum")) == 2:
        step = fields.take(("step",)) or 1
        low, high = fields.take(("min", "minimum")), fields.take(("max", "maximum"))
        return _span(low, high, step, fields.take(("default",)))
    if fields.has(_SECONDS_KEYS):
        return [_length(seconds(item), is_enabled(item), bool(flag(fields.take(("default",)))))]
    return [
        _length(seconds(key), is_enabled(value) if isinstance(value, Mapping) else flag(value) is not False)
        for key, value in item.items()
    ]


def _length(length: int | None, enabled: bool = True, default: bool = False) -> Choice | None:
    kind = _Default if default else Choice
    return None if length is None else kind(length, f"{length} s", enabled)


def _spelled_lengths(part: str) -> Iterable[Choice | None]:
    if span := _SECONDS_SPAN.fullmatch(part):
        return _span(span[1], span[2], 1)
    return [_length(seconds(part))]


def _span(low: object, high: object, step: object, default: object = None) -> Iterable[Choice | None]:
    start, end, stride, usual = seconds(low), seconds(high), seconds(step), seconds(default)
    if start is None or end is None or stride is None or start > end:
        return [None]
    lengths = range(start, end + 1, stride)
    return (
        [_length(one, default=one == usual) for one in lengths] if len(lengths) <= _MOST_DURATIONS else [None]
    )


def limits(value: object) -> Limits | None:
    """How many, from ``{min, max}``, a count, yes or no, or words such as "up to 2"; None if not understood."""
    if isinstance(value, Mapping):
        return _limits_in(Fields(value))
    if isinstance(value, str):
        return _limits_in_words(value)
    if isinstance(value, bool):
        return Limits(0, None) if value else NONE_ALLOWED
    return _limits_between(0, value)


def _limits_in(fields: Fields) -> Limits | None:
    low = fields.take(("min", "minimum", "mincount", "minitems", "atleast"))
    high = fields.take(("max", "maximum", "maxcount", "maxitems", "limit", "count", "upto"))
    required = flag(fields.take(("required",)))
    if low is None and high is None:
        yes = flag(fields.take(("supported", "available", "enabled", "allowed")))
        return Limits(1, None) if required else None if required is yes is None else limits(yes is not False)
    return _limits_between(1 if low is None and required else 0 if low is None else low, high)


def _limits_in_words(words: str) -> Limits | None:
    word = plain(words)
    if word in ("required", "optional") or word in NOTHING:
        return {"required": Limits(1, None), "optional": Limits(0, None)}.get(word, NONE_ALLOWED)
    figures = re.findall(r"[0-9]{1,4}", words)
    if len(figures) == 2:
        return _limits_between(*figures)
    if len(figures) != 1:
        return Limits(0, None) if word in YES else None
    return (
        _limits_between(figures[0], None)
        if word.startswith(("atleast", "min"))
        else Limits(0, int(figures[0]))
    )


def _limits_between(low: object, high: object) -> Limits | None:
    least, most = whole(low), whole(high)
    if least is None or least < 0 or (high is not None and (most is None or most < least)):
        return None
    return Limits(least, most)


def bound(value: object) -> Decimal | None:
    """A number's bound as an exact Decimal, which may be larger than any price; None if it is not a number."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**64:
        return Decimal(value)
    return decimal(value)
