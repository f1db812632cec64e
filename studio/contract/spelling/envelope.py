"""Reads an answer's envelope: its error sentence, the balance, and whether it reports a failure."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.rows import Row
from studio.contract.spelling.values import balance, flag, text

BALANCE_KEYS = ("creditsremainingtotal", "creditsremaining", "creditsavailable")
_SENTENCE_KEYS = (
    *("error", "message", "detail", "errormessage", "errors", "nonfielderrors", "reason"),
    *("msg", "errormsg", "errmsg", "errordescription", "description", "details", "title"),
)
_REASON_PHRASES = frozenset(plain(status.phrase) for status in HTTPStatus)
_LONGEST_SENTENCE = 500


def balance_in(payload: Any, rows: Iterable[Row]) -> int | None:
    """Credits left, from the envelope or an object in it that is not one of the rows."""
    return balance(raw_balance(payload, rows))


def raw_balance(payload: Any, rows: Iterable[Row]) -> Any:
    """The balance as it is in the answer; None if there is none that can be read."""
    if not isinstance(payload, Mapping):
        return None
    own = {id(row.value) for row in rows}
    inner = (value for value in payload.values() if isinstance(value, Mapping) and id(value) not in own)
    found = (Fields(place).take([name]) for place in (payload, *inner) for name in BALANCE_KEYS)
    return next((left for left in found if balance(left) is not None), None)


def says_failed(payload: Any) -> bool:
    """True for ``"success": false``, which may come with a 2xx as well."""
    return isinstance(payload, Mapping) and flag(Fields(payload).take(("success",))) is False


def sentence_in(payload: Any, depth: int = 3) -> str:
    """The upstream's own error message, on one line; "" if it gave none (or a web page)."""
    if isinstance(payload, list) and depth:
        value = " ".join(filter(None, (sentence_in(item, depth - 1) for item in payload[:5])))
    elif isinstance(payload, Mapping) and depth:
        fields = Fields(payload)
        tries = [words for name in _SENTENCE_KEYS if (words := sentence_in(fields.take([name]), depth - 1))]
        value = next(filter(_is_sentence, tries), tries[0] if tries else "")
    else:
        value = "" if isinstance(payload, Mapping) else text(payload)
    words = " ".join(value.split())
    return "" if words.startswith("<") else words[:_LONGEST_SENTENCE]


def _is_sentence(words: str) -> bool:
    """False for a code (``invalid_request``, ``422``) or a status phrase: another key may have more."""
    return " " in words and plain(words) not in _REASON_PHRASES
