"""Who may open a page."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse

type View = Callable[..., HttpResponse]


def admin_required(view: View) -> View:
    """Others get 404: a page that is not theirs does not exist for them."""

    @wraps(view)
    def for_admins(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_admin:
            raise Http404
        return view(request, *args, **kwargs)

    return for_admins
