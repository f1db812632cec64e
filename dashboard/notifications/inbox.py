"""The inbox: what this person was told, the newest first, and what of it is read."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from dashboard.notifications.bell import bell, just_came
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from studio.notify.models import Notification

PAGE = 30


@require_safe
def notification_list(request: MemberRequest) -> HttpResponse:
    """The page; or, for the link at its end, the rows that come next."""
    shown = Notification.objects.inbox_of(request.user.pk)
    if only_unread := "unread" in request.GET:
        shown = shown.unread()
    if before := whole_number(request.GET.get("before", "")):
        shown = shown.filter(pk__lt=before)
    rows = list(shown[: PAGE + 1])
    context = {
        "rows": rows[:PAGE],
        "only_unread": only_unread,
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    is_more = request.htmx.target == "li#older"
    response = render(
        request, "notifications/list.html#rows" if is_more else "notifications/list.html", context
    )
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
def notification_bell(request: MemberRequest) -> HttpResponse:
    """The bell and toasts for what came since ``?newest=``; 204 while it would look the same."""
    known = whole_number(request.GET.get("newest", "")) or 0
    fresh = bell(request.user.pk, known)
    if (fresh.number, fresh.newest) == (request.GET.get("number", ""), known):
        return HttpResponse(status=204)
    came = just_came(request.user.pk, known) if fresh.newest > known else []
    return render(request, "notifications/bell_changes.html", {"bell": fresh, "came": came})


@require_POST
def notification_open(request: MemberRequest, notification_id: int) -> HttpResponse:
    """Leads to what it is about; having looked there, one has read it."""
    told = _own(request, notification_id)
    _mark_read(request, pk=told.pk)
    return redirect(told.path or reverse("dashboard:notification-list"))


@require_POST
def notification_read(request: MemberRequest, notification_id: int) -> HttpResponse:
    _mark_read(request, pk=_own(request, notification_id).pk)
    return _back(request)


@require_POST
def notification_read_all(request: MemberRequest) -> HttpResponse:
    """Those that were on the page, and older ones: what came since was not seen."""
    newest = whole_number(request.POST.get("newest", ""))
    _mark_read(request, pk__lte=newest or 0)
    return _back(request)


def _own(request: MemberRequest, notification_id: int) -> Notification:
    return get_object_or_404(Notification.objects.inbox_of(request.user.pk), pk=notification_id)


def _mark_read(request: MemberRequest, **which: int) -> None:
    unread = Notification.objects.inbox_of(request.user.pk).unread()
    unread.filter(**which).order_by().update(read_at=timezone.now())


def _back(request: MemberRequest) -> HttpResponse:
    unread = "?unread" if "unread" in request.POST else ""
    return redirect(reverse("dashboard:notification-list") + unread)
