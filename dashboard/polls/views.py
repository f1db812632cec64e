"""Helpers for views that answer polls through the poll layer. Without that layer they do nothing."""

from collections.abc import Callable, Iterable
from functools import wraps

from django.conf import settings
from django.http import HttpResponse

from dashboard.polls import cursor
from dashboard.polls.layer import MEMBER, OWNERS, PULSE
from dashboard.polls.pulse import Pulse
from dashboard.shared.requests import MemberRequest

type View = Callable[..., HttpResponse]


def poll(view: View) -> View:
    """Decorator: adds the cursor to the response, for the pulse that was read before the session and the view."""

    @wraps(view)
    def answered(request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        pulse = _pulse(request)
        if pulse and response.status_code in (200, 204):
            session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
            response.headers[cursor.HEADER] = cursor.issue(pulse, request.user.pk, session)
        return response

    return answered


def notices_changed(request: MemberRequest) -> bool:
    """Whether the polling page may show outdated notices."""
    pulse = _pulse(request)
    return pulse is not None and cursor.notices_of(request.headers.get(cursor.HEADER, "")) != pulse.notices


def share(request: MemberRequest, owners: Iterable[int]) -> None:
    """Allow sharing this answer between all members except ``owners``: it depends only on the URL."""
    request.META[OWNERS] = frozenset(owners)
    request.META[MEMBER] = request.user.pk


def _pulse(request: MemberRequest) -> Pulse | None:
    return request.META.get(PULSE)
