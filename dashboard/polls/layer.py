"""The layer in front of Django that answers polls from memory.

Hundreds of open tabs poll every two seconds, and usually nothing has changed. The layer compares the page's signed
cursor with this process's copy of the pulse. If the cursor is current, the answer is 204. If it is valid but behind,
the answer is the one that Django gave to the same question a moment ago. Everything else goes to Django unchanged:
other methods, no session, a missing, forged or expired cursor, changed notices. While the database is unavailable, the
layer answers 503: the tabs would otherwise block every thread.

The 204 has ``Cache-Control: no-store``, so that no cache answers for us. It needs no other security header, since those
apply to documents. The Host is not checked: a browser sends the session cookie only to the host that set it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import parse_cookie

from dashboard.polls import cursor
from dashboard.polls.pulse import CannotRead, Copy, Pulse
from dashboard.polls.shared import Answer, Question, SharedAnswers
from studio.gateway.outage import AWAY

type Environ = dict[str, Any]
type StartResponse = Callable[..., Any]
type Application = Callable[[Environ, StartResponse], Iterable[bytes]]

POLL = re.compile(r"/(?:jobs/(?:[0-9]+/)?|team/)live/")  # dashboard/jobs/urls.py, dashboard/board/urls.py
# In the environ, for dashboard.polls.views. No header can have these names.
PULSE = "dailies.pulse"  # the pulse, read before the request was handled
OWNERS = "dailies.owners"  # set by a view whose answer is the same for everyone except these members
MEMBER = "dailies.member"  # the signed-in member, set together with the owners


class PollLayer:
    """A WSGI application in front of Django's."""

    def __init__(self, django: Application) -> None:
        self.django = django
        self.copy = Copy()
        self.shared = SharedAnswers()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not _is_poll(environ):
            return self.django(environ, start_response)
        try:
            pulse = self.copy.pulse()
        except CannotRead:
            return _given(UNAVAILABLE, start_response)
        if pulse is None:
            return self.django(environ, start_response)
        answer = self._known(environ, pulse)
        if answer is None:
            return self._ask_django(environ, start_response, pulse)
        return _given(answer, start_response)

    def without_waiting(self, environ: Environ) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """Status, headers and body of a poll that can be answered from memory, or None.

        Waits for neither the database nor a lock, so an event loop may call it.
        """
        if not _is_poll(environ):
            return None
        pulse = self.copy.if_fresh()
        if self.copy.is_failing():
            answer: Answer | None = UNAVAILABLE
        else:
            answer = self._known(environ, pulse) if pulse else None
        return (int(answer.status[:3]), answer.headers, answer.body) if answer else None

    def _known(self, environ: Environ, pulse: Pulse) -> Answer | None:
        session = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME, "")
        seen = cursor.read(environ.get("HTTP_DAILIES_CURSOR", ""), pulse, session)
        if seen is None or seen.notices != pulse.notices:
            return None
        if seen.revision == pulse.revision:
            return NOTHING_NEW
        found = self.shared.find(pulse, _question(environ), seen.member)
        if found is None:
            return None
        renewed = cursor.issue(pulse, seen.member, session)
        return Answer(found.status, [*found.headers, (cursor.HEADER, renewed)], found.body)

    def _ask_django(self, environ: Environ, start_response: StartResponse, pulse: Pulse) -> Iterable[bytes]:
        environ[PULSE] = pulse
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            begun[:] = [(status, headers)]
            return start_response(status, headers, *error)

        answer = self.django(environ, begin)
        if OWNERS in environ and begun[0][0][:3] in ("200", "204"):
            status, headers = begun[0]
            same_for_all = [header for header in headers if header[0] not in PERSONAL]
            kept = Answer(status, same_for_all, b"".join(answer), environ[OWNERS])
            self.shared.keep(pulse, _question(environ), environ[MEMBER], kept)
        return answer


NOTHING_NEW = Answer("204 No Content", [("Cache-Control", "no-store")], b"")
UNAVAILABLE = Answer(
    "503 Service Unavailable",
    [
        ("Cache-Control", "no-store"),
        ("Retry-After", str(AWAY.retry_after)),
        ("Content-Type", "text/plain; charset=utf-8"),
    ],
    AWAY.sentence.encode(),
)
PERSONAL = {cursor.HEADER, "Set-Cookie"}


def _given(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    start_response(answer.status, answer.headers)
    return [answer.body] if answer.body else []


def _is_poll(environ: Environ) -> bool:
    return environ["REQUEST_METHOD"] == "GET" and POLL.fullmatch(environ["PATH_INFO"]) is not None


def _question(environ: Environ) -> Question:
    return environ["PATH_INFO"], environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
