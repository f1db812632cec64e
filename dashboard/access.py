"""Who may open a page."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpResponse

from dashboard.shared.requests import MemberRequest
from studio.team.models import Member

type View = Callable[..., HttpResponse]


def admin_required(view: View) -> View:
    return _only(view, lambda member: member.is_admin)


def manager_required(view: View) -> View:
    """For managers and admins."""
    return _only(view, lambda member: member.is_manager)


def maker_required(view: View) -> View:
    """For everybody but viewers."""
    return _only(view, lambda member: member.makes_clips)


def _only(view: View, may: Callable[[Member], bool]) -> View:
    """Others get 404: a page that is not theirs does not exist for them."""

    @wraps(view)
    def for_some(request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not may(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return for_some
