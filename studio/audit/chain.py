"""The chain, pure: what an entry's hash is made of. ``docs/audit.md`` tells the same to whoever verifies elsewhere."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

GENESIS = "0" * 64  # what the first entry continues


def digest(facts: dict[str, Any]) -> str:
    """SHA-256, in hex, over the canonical JSON of all that an entry tells but its own hash."""
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def canonical(facts: dict[str, Any]) -> str:
    """One spelling for equal facts: keys in order, no spaces, ASCII alone."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def instant(at: datetime) -> str:
    """In UTC and always with six decimals, which is what both databases keep."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def plain(value: Any) -> Any:
    """``value`` as JSON that every database gives back as it was: text, whole numbers, yes, no, null, lists, objects.

    Anything else becomes text, fractions too: PostgreSQL spells 1e16 in another way than it was told.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, dict):
        return {text(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(text(inner) for inner in value)
    return text(value)


def text(value: object) -> str:
    """Without what no database or no encoding keeps: the NUL character and halves of surrogate pairs."""
    said = value.isoformat() if isinstance(value, date) else str(value)
    return said.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
