"""The list of models, the page of one, and comparisons."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from dashboard.models.changes import moments_of
from dashboard.models.clip_prices import DAYS, ClipPrices, as_published, price_table
from dashboard.models.comparison import MOST, comparison, too_few_or_many
from dashboard.models.facts import facts_of
from dashboard.models.listed import listed
from dashboard.models.narrowed import chosen, narrowed
from dashboard.models.parameters.listing import parameter_rows
from dashboard.shared.requests import MemberRequest
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, StudioModel
from studio.jobs.money.price_list import price_list
from studio.jobs.submit import expected_seconds

MOST_UNKNOWN = 30  # fields that are shown individually


@require_safe
def model_list(request: MemberRequest) -> HttpResponse:
    """The page; or, while typing, the matching models."""
    connections = list(Connection.objects.order_by("-is_default", "name")) or [default_connection()]
    named = [each for each in connections if str(each.pk) == request.GET.get("studio", "")]
    connection = (named or connections)[0]
    asked, picked = narrowed(request.GET), chosen(request.GET)
    context = {
        "connections": connections,
        "connection": connection,
        "asked": asked,
        "picked": picked,
        "found": listed(connection, asked, picked),
    }
    is_fragment = request.htmx.target == "div#models"
    response = render(request, "models/found.html" if is_fragment else "models/list.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
def model_detail(request: MemberRequest, model_id: int) -> HttpResponse:
    model = get_object_or_404(StudioModel.objects.select_related("connection"), pk=model_id)
    context = {
        "model": model,
        "connection": model.connection,
        "moments": moments_of(model),
        "raw": model.record.get("raw") if model.unreadable_reason else model.record,
    }
    if not model.unreadable_reason:
        context |= _understood(model)
        context["rows"] = parameter_rows(model) if request.user.is_admin else []
    return render(request, "models/detail.html", context)


def _understood(model: StudioModel) -> dict[str, Any]:
    """The context that needs a readable record."""
    prices = price_list(model.connection, DAYS, model.slug)
    unknown = list(model.capability.unknown.items())
    return {
        "capability": model.capability,
        "unknown": unknown[:MOST_UNKNOWN],
        "unknown_left_out": max(0, len(unknown) - MOST_UNKNOWN),
        "facts": facts_of(model.capability),
        "published": as_published(model.capability),
        "table": price_table(ClipPrices.taught_by(prices.lines, model)),
        "lines": prices.lines,
        "usual_seconds": expected_seconds(model.connection_id, model.slug),
    }


@require_safe
def model_compare(request: MemberRequest) -> HttpResponse:
    """Redirects to a URL with only the chosen models, which people can share."""
    asked = chosen(request.GET)
    if set(request.GET) - {"model"}:
        address = reverse("dashboard:model-compare")
        return redirect(f"{address}?{urlencode({'model': asked}, doseq=True)}" if asked else address)
    known = StudioModel.objects.select_related("connection").in_bulk(asked)
    models = [known[number] for number in asked if number in known]
    shown = models[:MOST]
    context = {
        "sentence": too_few_or_many(len(models)),
        "missing": len(asked) - len(models),
        "found": comparison(shown) if shown else None,
        "others": _others(shown) if len(shown) < MOST else [],
        "list_url": reverse("dashboard:model-list"),
        "is_of_several": len({model.connection_id for model in shown}) > 1,
    }
    return render(request, "models/compare.html", context)


def _others(shown: list[StudioModel]) -> list[StudioModel]:
    """The models that can be added to the comparison."""
    offered = StudioModel.objects.offered().exclude(pk__in=[model.pk for model in shown])
    return list(
        offered.select_related("connection").order_by("-connection__is_default", "connection", "position")
    )
