"""Signed URLs of stored files, which open without a session for a limited time: the result URLs for scripts."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

ROUND = 3600  # seconds: within the hour, a file keeps its URL


def result_url(name: str, now: datetime | None = None) -> str:
    """The absolute URL of ``name`` (relative to MEDIA_URL), valid for RESULT_URL_HOURS and up to one more hour."""
    end = (now or datetime.now(UTC)) + timedelta(hours=settings.RESULT_URL_HOURS)
    until = str(-(-int(end.timestamp()) // ROUND) * ROUND)
    query = urlencode({"until": until, "signature": _signature(name, until)})
    return f"{settings.PUBLIC_URL}{settings.MEDIA_URL}{name}?{query}"


def opens(name: str, until: str, signature: str) -> bool:
    """Whether the signature is one of ``result_url`` that has not expired."""
    if not constant_time_compare(signature, _signature(name, until)):
        return False
    return int(until) > datetime.now(UTC).timestamp()


def _signature(name: str, until: str) -> str:
    return Signer(salt="dailies.result-url", algorithm="sha256").signature(f"{name}:{until}")
