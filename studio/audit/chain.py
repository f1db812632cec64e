"""The hash chain, pure: how an entry's hash is computed. ``docs/audit.md`` explains it for external verification."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

GENESIS = "0" * 64  # the previous hash of the first entry


def digest(facts: dict[str, Any]) -> str:
    """SHA-256, in hex, of the canonical JSON of everything in an entry except its own hash."""
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def canonical(facts: dict[str, Any]) -> str:
    """One spelling for equal facts: sorted keys, no spaces, ASCII only."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def instant(at: datetime) -> str:
    """In UTC, always with six decimals, which both databases keep."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def plain(value: Any) -> Any:
    """``value`` as JSON that every database returns unchanged: text, whole numbers, booleans, null, lists, objects.

    Anything else becomes text, fractions too: PostgreSQL may return 1e16 in another spelling.
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
    """Without characters that some database or encoding rejects: NUL and lone surrogates."""
    raw = value.isoformat() if isinstance(value, date) else str(value)
    return raw.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
