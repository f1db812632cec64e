"""What the studio offers: every model, one of them in full, and some side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel


@require_safe
def model_list(request: HttpRequest) -> HttpResponse:
    models = default_connection().models.all()
    return render(request, "models/list.html", {"models": models})


@require_safe
def model_detail(request: HttpRequest, model_id: int) -> HttpResponse:
    model = get_object_or_404(StudioModel.objects.select_related("connection"), pk=model_id)
    context = {"model": model, "capability": None if model.unreadable_reason else model.capability}
    return render(request, "models/detail.html", context)


@require_safe
def model_compare(request: HttpRequest) -> HttpResponse:
    return render(request, "models/compare.html")
