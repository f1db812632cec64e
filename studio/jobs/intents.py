"""Idempotency tokens of forms and scripts: a repeated token is the same request and creates no second clip."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

MOST_CLOCK_DIFFERENCE = timedelta(seconds=10)  # between the clocks of our own machines


def new_token() -> UUID:
    """A token for a new request. It contains the time of its creation: a UUID version 7 (RFC 9562)."""
    milliseconds = time.time_ns() // 1_000_000 % (1 << 48)
    bits = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=bits)


def issued_at(token: UUID) -> datetime | None:
    """When the token was created, or None if unknown: an Idempotency-Key may be of any age, and a token from the future
    was created before the clock was set back."""
    if token.version != 7:
        return None
    moment = datetime.fromtimestamp((token.int >> 80) / 1000, UTC)
    return None if moment > datetime.now(UTC) + MOST_CLOCK_DIFFERENCE else moment
