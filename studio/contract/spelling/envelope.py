"""Where an answer keeps its sentence and the balance, and whether it says that it failed."""

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
    """Credits left, from the envelope or an object in it that is none of the rows."""
    return balance(balance_said(payload, rows))


def balance_said(payload: Any, rows: Iterable[Row]) -> Any:
    """The balance as it stands in the answer; None where there is none that can be read."""
    if not isinstance(payload, Mapping):
        return None
    own = {id(row.value) for row in rows}
    inner = (value for value in payload.values() if isinstance(value, Mapping) and id(value) not in own)
    found = (Fields(place).take([name]) for place in (payload, *inner) for name in BALANCE_KEYS)
    return next((left for left in found if balance(left) is not None), None)


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
