"""Reads from a model's record whether the studio offers it now."""

from collections.abc import Mapping
from typing import Any

from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import flag, in_quotes

_OFF = ("disabled", "isdisabled", "inactive", "unavailable", "hidden", "retired", "archived")
_ON = ("enabled", "isenabled", "active", "isactive", "available", "isavailable")
_OFF_WORDS = frozenset(
    (*_OFF, "off", "offline", "disabled", "maintenance", "comingsoon", "paused", "removed", "sunset")
)
DEPRECATED = "The studio calls this model deprecated: it may be withdrawn soon."
_DEPRECATED = ("deprecated", "isdeprecated")
KEYS = (*_OFF, *_ON, *_DEPRECATED)


def withheld_for(record: Mapping[str, Any]) -> str:
    """Why the studio does not offer the model now, as a sentence; "" if it does."""
    fields = Fields(record)
    for name in _OFF:
        if flag(fields.take([name])) is True:
            return f"The studio says that it is {_words(name)}."
    for name in _ON:
        if flag(fields.take([name])) is False:
            return f"The studio says that it is not {_words(name)}."
    state = fields.take(("status", "state", "availability"))
    if isinstance(state, str) and plain(state) in _OFF_WORDS:
        return f"The studio says of it: {in_quotes(state)}."
    return ""


def is_deprecated(record: Mapping[str, Any]) -> bool:
    fields = Fields(record)
    value = fields.take(_DEPRECATED)
    state = fields.take(("status", "state", "availability"))
    return flag(value) is True or (isinstance(state, str) and plain(state) == "deprecated")


def _words(name: str) -> str:
    return name.removeprefix("is")
