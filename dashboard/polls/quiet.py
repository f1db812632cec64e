"""The layer before Django: answers the poll of a page that has seen everything.

Hundreds of open tabs ask every two seconds, and four times in five there is nothing to tell. What such an answer
takes is compared here, in memory: the page's signed cursor with this process's copy of the pulse. Whatever is not
proven quiet goes to Django untouched: another method, no session cookie, a cursor that is missing, forged, foreign or
expired, a database that cannot be asked.

The answer is ``204 No Content`` with ``Cache-Control: no-store``, so that no cache ever gives it in our place. It needs
no other header: a content security policy, a type or frame options speak of a document, and there is none; that
a browser keeps to https it knows from the page that polls. Nor does it need the Host to be checked: a
session cookie is sent to the host that set it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, parse_cookie

from dashboard.polls import cursor
from dashboard.polls.pulse import Copy, Pulse

type Environ = dict[str, Any]
type StartResponse = Callable[..., Any]
type Application = Callable[[Environ, StartResponse], Iterable[bytes]]

POLL = re.compile(r"/jobs/(?:[0-9]+/)?live/")  # dashboard/jobs/urls.py
PULSE = "dailies.pulse"  # in the environ: what was known before the request was looked at


class QuietPolls:
    """A WSGI application in front of Django's."""

    def __init__(self, django: Application) -> None:
        self.django = django
        self.copy = Copy()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if POLL.fullmatch(environ["PATH_INFO"]) and (pulse := self.copy.pulse()):
            if is_quiet(environ, pulse):
                start_response("204 No Content", [("Cache-Control", "no-store")])
                return []
            environ[PULSE] = pulse
        return self.django(environ, start_response)


def is_quiet(environ: Environ, pulse: Pulse) -> bool:
    session = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME, "")
    sent = environ.get("QUERY_STRING", "").rpartition("cursor=")[2]  # we write it last
    return bool(session) and environ["REQUEST_METHOD"] == "GET" and cursor.is_current(sent, session, pulse)


def is_watched(request: HttpRequest) -> bool:
    """Whether the request came through this layer: then its page needs a cursor that is good again."""
    return PULSE in request.META


def next_cursor(request: HttpRequest, revision: int) -> str:
    """For the poller in an answer that shows ``revision``; "" where this layer does not stand before Django."""
    pulse: Pulse | None = request.META.get(PULSE)
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return cursor.issue(session, pulse, revision) if pulse else ""


def notices_changed(request: HttpRequest) -> bool:
    """Whether the page that polls may show other notices than are true now."""
    pulse: Pulse | None = request.META.get(PULSE)
    return pulse is not None and cursor.notices_of(request.GET.get("cursor", "")) != pulse.notices
