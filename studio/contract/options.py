"""What a model offers, in any spelling: choices, durations, how many of something.

``choices`` and ``durations`` raise Unread, since a form that offers half of them would mislead; a limit that
is not understood is None, as good as silent.
"""

import re
from collections.abc import Iterable, Mapping

from studio.contract.capability import NONE_ALLOWED, Choice, Limits
from studio.contract.spelling import Fields, plain
from studio.contract.values import (
    LABEL_KEYS,
    NOTHING,
    VALUE_KEYS,
    YES,
    Unread,
    distinct,
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
_LONGEST_CLIP = 86_400
_MOST_DURATIONS = 600

_SECONDS_KEYS = ("seconds", "duration", "durationseconds", *VALUE_KEYS, *LABEL_KEYS)


def choices(value: object, what: str) -> tuple[Choice, ...]:
    """Options from arrays of text, figures or objects, an object value → label, or text. Raises Unread."""
    if says_none(value):
        return ()
    found: Iterable[Choice | None]
    if isinstance(value, Mapping) and not Fields(value).has(VALUE_KEYS):
        found = [_entry(key, item) for key, item in value.items() if item is not False]
    elif isinstance(value, list | tuple):
        found = [_choice(item) for item in value]
    else:
        found = [_choice(part) for part in (listed(value) if isinstance(value, str) else [value])]
    understood = [choice for choice in found if choice is not None]
    if len(understood) < len(list(found)):
        raise Unread(f"Its {what} could not be understood: {in_quotes(value)}.")
    return distinct(understood, key=lambda choice: choice.value)


def _choice(item: object) -> Choice | None:
    if isinstance(item, Mapping):
        value = text_in(item, (*VALUE_KEYS, *LABEL_KEYS))
        return Choice(value, text_in(item, LABEL_KEYS) or value) if value else None
    value = text(item)
    return Choice(value, value) if value else None


def _entry(key: str, item: object) -> Choice | None:
    label = text(item) if isinstance(item, str | Mapping) else ""
    return Choice(text(key), label or text(key)) if text(key) else None


def seconds(value: object) -> int | None:
    """A clip's length from ``8``, ``8.0``, ``"8"``, ``"8s"``, ``"8 seconds"`` or an object with one."""
    if isinstance(value, Mapping):
        value = Fields(value).take(_SECONDS_KEYS)
    if isinstance(value, str) and (spelled := _SECONDS.fullmatch(value.strip())):
        value = int(spelled[1])
    length = None if isinstance(value, str) else whole(value)
    return length if length is not None and 0 < length <= _LONGEST_CLIP else None


def durations(value: object) -> tuple[int, ...]:
    """The lengths a model offers, in seconds, in the order given. Raises Unread."""
    if says_none(value):
        return ()
    items = value if isinstance(value, list | tuple) else [value]
    lengths = [length for item in items for length in _lengths(item)]
    if None in lengths or not lengths:
        raise Unread(f"Its durations could not be understood: {in_quotes(value)}.")
    return distinct((length for length in lengths if length is not None), key=int)


def _lengths(item: object) -> Iterable[int | None]:
    if isinstance(item, Mapping):
        fields = Fields(item)
        if fields.has(("min", "max")) == 2:
            return _span(fields.take(("min",)), fields.take(("max",)), fields.take(("step",)) or 1)
        return [seconds(item)] if fields.has(_SECONDS_KEYS) else [seconds(key) for key in item]
    if isinstance(item, str):
        return [length for part in listed(item) for length in _spelled_lengths(part)] or [None]
    return [seconds(item)]


def _spelled_lengths(part: str) -> Iterable[int | None]:
    if span := _SECONDS_SPAN.fullmatch(part):
        return _span(span[1], span[2], 1)
    return [seconds(part)]


def _span(low: object, high: object, step: object) -> Iterable[int | None]:
    start, end, stride = seconds(low), seconds(high), seconds(step)
    if start is None or end is None or stride is None or start > end:
        return [None]
    lengths = range(start, end + 1, stride)
    return lengths if len(lengths) <= _MOST_DURATIONS else [None]


def limits(value: object) -> Limits | None:
    """How many: ``{min, max}``, a count, yes or no, or words such as "up to 2"; None if not understood."""
    if isinstance(value, Mapping):
        return _limits_in(Fields(value))
    if isinstance(value, str):
        return _limits_in_words(value)
    if isinstance(value, bool):
        return Limits(0, None) if value else NONE_ALLOWED
    return _limits_between(0, value)


def _limits_in(fields: Fields) -> Limits | None:
    low = fields.take(("min", "minimum", "mincount", "atleast"))
    high = fields.take(("max", "maximum", "maxcount", "limit", "count", "upto"))
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
