"""Prices: published, learned, and how accurate the estimates were."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.prices.words import accuracy_sentence
from studio.catalog.models import Connection
from studio.jobs.money.price_list import price_list as prices_of

PERIODS = {"30": "30 days", "90": "90 days", "365": "A year"}


@require_safe
def price_list(request: HttpRequest) -> HttpResponse:
    connections = list(Connection.objects.order_by("-is_default", "name"))
    asked = request.GET.get("studio", "")
    connection = next(
        (each for each in connections if str(each.pk) == asked), connections[0] if connections else None
    )
    days = request.GET.get("days", "") if request.GET.get("days", "") in PERIODS else "90"
    found = prices_of(connection, int(days)) if connection else None
    context = {
        "connections": connections,
        "connection": connection,
        "periods": PERIODS,
        "days": days,
        "found": found,
        "accuracy": accuracy_sentence(found.accuracy, int(days)) if found else "",
    }
    return render(request, "prices/list.html", context)
