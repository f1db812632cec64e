"""The token of an intent: the same token is the same request, and makes no second clip."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

CLOCKS_APART = timedelta(seconds=10)  # by so much the clocks of our own machines may differ


def new_token() -> UUID:
    """Of an intent that begins now. Tells when that was, as version 7 of RFC 9562 does."""
    milliseconds = time.time_ns() // 1_000_000 % (1 << 48)
    bits = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=bits)


def issued_at(token: UUID) -> datetime | None:
    """None where the token does not tell: an Idempotency-Key may be of any age, and one from the future was made before
    the clock was set back."""
    if token.version != 7:
        return None
    moment = datetime.fromtimestamp((token.int >> 80) / 1000, UTC)
    return None if moment > datetime.now(UTC) + CLOCKS_APART else moment
