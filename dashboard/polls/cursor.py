"""The signed cursor of a poller: "this session was shown all of that, until this second".

``revision.notices.expires.signature``. The signature covers the rest, the session cookie, and the count of sessions
ended: it is worthless in another session, and for everybody as soon as any session ends. Django then looks at
the session itself, and hands out a new one.
"""

import hmac
import time
from functools import cache

from django.conf import settings

from dashboard.polls.pulse import Pulse

LIFE = 60  # seconds: Django sees every tab at least that often


def issue(session: str, pulse: Pulse, revision: int) -> str:
    """For a page that shows ``revision``. The pulse must be older than the look at who is signed in."""
    said = f"{revision}.{pulse.notices}.{int(time.time()) + LIFE}"
    return f"{said}.{_signature(said, session, pulse.sessions_ended)}"


def is_current(cursor: str, session: str, pulse: Pulse) -> bool:
    """Whether whoever sends it has seen all that there is, and was signed in when the pulse was read."""
    if not cursor.startswith(f"{pulse.revision}.{pulse.notices}."):
        return False
    said, _, signature = cursor.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(said, session, pulse.sessions_ended).encode()):
        return False
    return time.time() < int(said.rpartition(".")[2])


def notices_of(cursor: str) -> str:
    """The digest of the notices that its page shows; "" where it does not tell."""
    return cursor.split(".")[1] if cursor.count(".") == 3 else ""


def _signature(said: str, session: str, sessions_ended: int) -> str:
    signed = f"{said}\n{sessions_ended}\n{session}"
    return hmac.digest(_key(), signed.encode(), "sha256").hex()


@cache
def _key() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"dashboard.polls.cursor", "sha256")
