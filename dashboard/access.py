"""Decorators that limit pages to roles."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.http import Http404
from django.http.response import HttpResponseBase

from dashboard.shared.requests import MemberRequest
from studio.team.models import Member

type View[**Named, Answer: HttpResponseBase] = Callable[Concatenate[MemberRequest, Named], Answer]


def admin_required[**Named, Answer: HttpResponseBase](view: View[Named, Answer]) -> View[Named, Answer]:
    return _only(view, lambda member: member.is_admin)


def manager_required[**Named, Answer: HttpResponseBase](view: View[Named, Answer]) -> View[Named, Answer]:
    """Only for managers and admins."""
    return _only(view, lambda member: member.is_manager)


def maker_required[**Named, Answer: HttpResponseBase](view: View[Named, Answer]) -> View[Named, Answer]:
    """For everyone except viewers."""
    return _only(view, lambda member: member.makes_clips)


def _only[**Named, Answer: HttpResponseBase](
    view: View[Named, Answer], may: Callable[[Member], bool]
) -> View[Named, Answer]:
    """Others get 404, so that they cannot learn whether the page exists."""

    @wraps(view)
    def for_some(request: MemberRequest, /, *args: Named.args, **kwargs: Named.kwargs) -> Answer:
        if not may(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return for_some
