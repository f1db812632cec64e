"""What a view that answers polls has to do with the layer before Django. Without that layer all this is silent."""

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
    """The answer gets the cursor of what was known before the view, and the look at who is signed in, began."""

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
    """Whether the page that polls may show other notices than are true now."""
    pulse = _pulse(request)
    return pulse is not None and cursor.notices_of(request.headers.get(cursor.HEADER, "")) != pulse.notices


def share(request: MemberRequest, owners: Iterable[int]) -> None:
    """The answer depends on the address alone: whoever is signed in may get it, but for those who own a clip in it."""
    request.META[OWNERS] = frozenset(owners)
    request.META[MEMBER] = request.user.pk


def _pulse(request: MemberRequest) -> Pulse | None:
    return request.META.get(PULSE)
