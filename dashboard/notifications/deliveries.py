"""The log of emails and webhooks with their status. Admins see everyone's."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from studio.notify.models import OPEN, Delivery, DeliveryState
from studio.notify.outbox import send_again
from studio.team.models import Member

PAGE = 50
MOST_LOOKED_AT = 200  # of the rows on an open page, by its poll


@require_safe
def delivery_list(request: MemberRequest) -> HttpResponse:
    """The page; or, for the link at its end, the rows that come next. It looks again while something is on its way:
    ``from`` is the last row of its first page, so that new ones push none out."""
    shown = visible_to(request.user)
    state, size = request.GET.get("state", ""), PAGE
    if state in DeliveryState.values:
        shown = shown.filter(state=state)
    if before := whole_number(request.GET.get("before", "")):
        shown = shown.filter(pk__lt=before)
    if last := whole_number(request.GET.get("from", "")):
        shown, size = shown.filter(pk__gte=last), MOST_LOOKED_AT
    rows = list(shown.select_related("person", "hook").order_by("-pk")[: size + 1])
    moving = [row for row in rows if row.state in OPEN and not row.tries and not row.held]
    context = {
        "rows": rows[:size],
        "state": state,
        "states": DeliveryState.choices,
        "last": rows[:size][-1].pk if rows else None,
        "older": rows[size - 1].pk if len(rows) > size else None,
        "looked_at": moving[0] if moving else None,
    }
    is_more = request.htmx.target == "tbody#older"
    response = render(
        request, "notifications/deliveries.html#rows" if is_more else "notifications/deliveries.html", context
    )
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
def delivery_again(request: MemberRequest, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(visible_to(request.user), pk=delivery_id)
    if send_again(delivery):
        messages.success(request, "Sending again.")
    else:
        messages.info(
            request, "Not sent: it is already being sent, was delivered, or its webhook was removed."
        )
    return redirect("dashboard:delivery-list")


def visible_to(member: Member) -> QuerySet[Delivery]:
    everything = Delivery.objects.all()
    return everything if member.is_admin else everything.filter(person=member)
