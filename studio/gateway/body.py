"""The body of a request: JSON, of a size and depth that cost nothing to read, and without double meanings."""

import json
import zlib
from typing import Any, NoReturn

from django.http import HttpRequest

from studio.contract.spelling.values import UNSTORABLE
from studio.gateway.answers import Problem

MOST_BYTES = 64 * 1024
MOST_LEVELS = 16
LARGEST = 2**53  # beyond it, numbers of JSON are not the same everywhere; 1e999 is infinite
GZIP = ("gzip", "x-gzip")


def read(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent. Raises Problem: 413 for too much of it, 415 for an encoding that is not read,
    400 for anything else.
    """
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", *GZIP):
        raise Problem(
            415,
            f"This body is encoded as {encoding[:40]}. Send it as it is, or with Content-Encoding: gzip.",
            headers={"Accept-Encoding": "gzip"},
        )
    sent = _sent(request)
    if encoding in GZIP:
        sent = _decompressed(sent)
    try:
        body = json.loads(sent, parse_constant=_no_number, object_pairs_hook=_without_doubles)
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, UnicodeDecodeError):
        raise Problem(400, "The body must be JSON in UTF-8.") from None
    _inspect(body, MOST_LEVELS)
    if not isinstance(body, dict):
        raise Problem(400, "The body must be a JSON object.")
    return body


def _sent(request: HttpRequest) -> bytes:
    """Read at most one byte over the limit. Raises Problem (413)."""
    told = int(request.META.get("CONTENT_LENGTH") or 0)
    sent = b"" if told > MOST_BYTES else request.read(MOST_BYTES + 1)
    if max(told, len(sent)) > MOST_BYTES:
        raise _too_much()
    return sent


def _decompressed(sent: bytes) -> bytes:
    """Decompress at most one byte over the limit. Raises Problem."""
    found = b""
    try:
        while sent:  # a file of gzip may have several members
            member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            found += member.decompress(sent, MOST_BYTES + 1 - len(found))
            if len(found) > MOST_BYTES:
                raise _too_much()
            if not member.eof:
                raise zlib.error("Its end is missing.")
            sent = member.unused_data
    except zlib.error:
        raise Problem(400, "The body is not valid gzip.") from None
    return found


def _too_much() -> Problem:
    return Problem(413, f"The body is larger than {MOST_BYTES // 1024} KB.")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not valid JSON.")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Reject duplicate keys: which value is meant must not be guessed for a paid request."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise Problem(400, f"Duplicate key “{double[:80]}” in the request body.")
    return found


def _inspect(value: Any, levels: int) -> None:
    if isinstance(value, str):
        if UNSTORABLE.search(value):
            raise Problem(
                400, "The body contains a character that cannot be stored: NUL, or an unpaired surrogate."
            )
    elif isinstance(value, int | float):
        if not abs(value) <= LARGEST:
            raise Problem(400, "The body contains a number that is too large.")
    elif isinstance(value, dict | list):
        if not levels:
            raise _too_deep()
        for inner in [*value, *value.values()] if isinstance(value, dict) else value:
            _inspect(inner, levels - 1)


def _too_deep() -> Problem:
    return Problem(400, f"The body is nested deeper than {MOST_LEVELS} levels.")
