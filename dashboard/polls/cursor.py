"""The signed cursor of a page that polls: what this member, in this session, has seen.

``revision.notices.member.expires.signature``, in a header of each response and of the next poll. The signature covers
the rest, the session cookie, and the number of the member's ended sessions: it is invalid in other sessions, and in all
of the member's sessions as soon as one ends. Django then checks the session itself and issues a new cursor.
"""

import hmac
import random
import re
import time
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from dashboard.polls.pulse import Pulse

HEADER = "Dailies-Cursor"
WRITTEN = re.compile(r"(([0-9]{1,18})\.([0-9a-f]+)\.([0-9]{1,18})\.([0-9]{1,18}))\.([0-9a-f]+)")
LIFE = 45, 75  # seconds, after which a tab's poll goes through Django again


@dataclass(frozen=True, slots=True)
class Cursor:
    """The content of a valid cursor; ``notices`` as in Pulse."""

    revision: int
    notices: str
    member: int


def issue(pulse: Pulse, member: int, session: str) -> str:
    """Create the cursor for a response. The pulse must have been read before the session was checked."""
    # Random, so that tabs that were updated together do not expire together.
    expires = int(time.time()) + random.randint(*LIFE)  # noqa: S311 no secret
    said = f"{pulse.revision}.{pulse.notices}.{member}.{expires}"
    return f"{said}.{_signature(said, session, pulse.sessions_ended.get(member, 0))}"


def read(text: str, pulse: Pulse, session: str) -> Cursor | None:
    """Parse a cursor. None unless it is valid for this session, fresh, and no session of the member ended since."""
    found = WRITTEN.fullmatch(text)
    if not found or not session:
        return None
    said, revision, notices, member, expires, signature = found.groups()
    ended = pulse.sessions_ended.get(int(member), 0)
    if not hmac.compare_digest(signature, _signature(said, session, ended)):
        return None
    # An expiry further away than LIFE means that the clock was set back.
    is_fresh = 0 < int(expires) - time.time() <= LIFE[1]
    return Cursor(int(revision), notices, int(member)) if is_fresh else None


def notices_of(text: str) -> str:
    """The notices digest of an unverified cursor, or ""."""
    return text.partition(".")[2].partition(".")[0]


def _signature(said: str, session: str, ended: int) -> str:
    return hmac.digest(_key(), f"{said}\n{ended}\n{session}".encode(), "sha256").hex()


@cache
def _key() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"dashboard.polls.cursor", "sha256")
