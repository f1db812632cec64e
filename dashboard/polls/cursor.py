"""The signed cursor of a page that polls: "this member, in this session, has seen all of that".

``revision.notices.member.expires.signature``, in a header of each answer and of the next poll. The signature covers the
rest, the session cookie, and how many of the member's sessions ended: it is worthless in another session, and in all of
them as soon as one ends. Django then looks at the session itself, and hands out a new one.
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
LIFE = 45, 75  # seconds: Django sees every tab once in a while


@dataclass(frozen=True, slots=True)
class Cursor:
    """``notices`` as in the pulse."""

    revision: int
    notices: str
    member: int


def issue(pulse: Pulse, member: int, session: str) -> str:
    """For an answer that shows what the pulse knew. The pulse must be older than the look at who is signed in."""
    # Spread, so that tabs that changed together are not renewed together.
    expires = int(time.time()) + random.randint(*LIFE)  # noqa: S311 no secret
    said = f"{pulse.revision}.{pulse.notices}.{member}.{expires}"
    return f"{said}.{_signature(said, session, pulse.sessions_ended.get(member, 0))}"


def read(text: str, pulse: Pulse, session: str) -> Cursor | None:
    """What the cursor says, when we said it to this session, not long ago, and no session of the member ended since."""
    found = WRITTEN.fullmatch(text)
    if not found or not session:
        return None
    said, revision, notices, member, expires, signature = found.groups()
    ended = pulse.sessions_ended.get(int(member), 0)
    if not hmac.compare_digest(signature, _signature(said, session, ended)):
        return None
    # Later than any that is issued: the clock was set back since.
    is_fresh = 0 < int(expires) - time.time() <= LIFE[1]
    return Cursor(int(revision), notices, int(member)) if is_fresh else None


def notices_of(text: str) -> str:
    """What an unproven cursor says of the notices; "" when nothing."""
    return text.partition(".")[2].partition(".")[0]


def _signature(said: str, session: str, ended: int) -> str:
    return hmac.digest(_key(), f"{said}\n{ended}\n{session}".encode(), "sha256").hex()


@cache
def _key() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"dashboard.polls.cursor", "sha256")
