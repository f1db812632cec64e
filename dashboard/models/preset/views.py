"""The requests of a preset, updated when its form changes."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from dashboard.models.preset.page import is_scriptable, posted_preset
from dashboard.shared.requests import MemberRequest
from studio.catalog.models import StudioModel


@require_POST
def model_snippets(request: MemberRequest, model_id: int) -> HttpResponse:
    """A fragment: the requests, or the fields of another mode. By POST, so that prompts are not in URLs."""
    model = get_object_or_404(StudioModel.objects.select_related("connection"), pk=model_id)
    if not is_scriptable(model):
        raise Http404("Scripts cannot ask for this model.")
    context = {"model": model, "preset": posted_preset(model, request)}
    if request.htmx.target == "div#preset-fields":
        return render(request, "models/preset_fields.html", context)
    return render(request, "models/requests.html" if request.htmx else "models/preset_page.html", context)
