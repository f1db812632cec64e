"""The body of a request: JSON, of a size and depth that cost nothing to read, and without double meanings."""

import json
import re
from typing import Any, NoReturn

from django.http import HttpRequest

from studio.gateway.answers import Problem

MOST_BYTES = 64 * 1024
MOST_LEVELS = 16
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent. Raises Problem: 413 for too much of it, 400 for anything else."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise Problem(413, f"The body may have up to {MOST_BYTES // 1024} KB.")
    try:
        body = json.loads(
            request.read(MOST_BYTES), parse_constant=_no_number, object_pairs_hook=_without_doubles
        )
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, UnicodeDecodeError):
        raise Problem(400, "The body must be JSON in UTF-8.") from None
    _inspect(body, MOST_LEVELS)
    if not isinstance(body, dict):
        raise Problem(400, "The body must be a JSON object.")
    return body


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON.")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that is said twice could mean either: what one would pay for is not guessed."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise Problem(400, f"“{double[:80]}” stands twice in the body.")
    return found


def _inspect(value: Any, levels: int) -> None:
    if isinstance(value, str):
        if UNSTORABLE.search(value):
            raise Problem(
                400, "The body holds a character that cannot be kept: NUL, or half a surrogate pair."
            )
    elif isinstance(value, dict | list):
        if not levels:
            raise _too_deep()
        for inner in [*value, *value.values()] if isinstance(value, dict) else value:
            _inspect(inner, levels - 1)


def _too_deep() -> Problem:
    return Problem(400, f"The body is nested deeper than {MOST_LEVELS} levels.")
