"""Add, correct or hide a parameter of a model. For admins."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import admin_required
from dashboard.models.parameters.form import ParameterForm
from dashboard.models.parameters.listing import is_known
from dashboard.shared.requests import MemberRequest
from studio.catalog import own_parameters
from studio.catalog.models import StudioModel
from studio.core.errors import UserFacingError


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def model_parameter(request: MemberRequest, model_id: int) -> HttpResponse:
    """The form: for a new parameter, or for the one that the query names."""
    model, name = _model(model_id), request.GET.get("name", "")
    parameter = model.capability.parameter(name) if name else None
    if name and parameter is None:
        raise Http404("The model has no such parameter, or it is hidden.")
    form = ParameterForm(request.POST or None, capability=model.capability, parameter=parameter)
    if form.is_valid() and form.parameter:
        try:
            own_parameters.save(model, form.parameter, by=request.user)
        except UserFacingError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"“{form.parameter.label}” saved.")
            return _back_to(model)
    context = {"form": form, "model": model, "parameter": parameter}
    return render(request, "models/parameter.html", context, status=422 if form.is_bound else 200)


@require_POST
@admin_required
def model_parameter_hide(request: MemberRequest, model_id: int) -> HttpResponse:
    model, name = _named(request, model_id)
    try:
        own_parameters.hide(model, name, by=request.user)
    except UserFacingError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{name} hidden. It is not shown and not sent.")
    return _back_to(model)


@require_POST
@admin_required
def model_parameter_reset(request: MemberRequest, model_id: int) -> HttpResponse:
    """Use the studio's record again. A parameter that was added here is removed."""
    model, name = _named(request, model_id)
    own_parameters.use_published(model, name, by=request.user)
    messages.success(request, f"{name} reset to the studio’s record.")
    return _back_to(model)


def _model(model_id: int) -> StudioModel:
    """Parameters of an unreadable record cannot be corrected."""
    return get_object_or_404(
        StudioModel.objects.select_related("connection"), pk=model_id, unreadable_reason=""
    )


def _named(request: MemberRequest, model_id: int) -> tuple[StudioModel, str]:
    model, name = _model(model_id), request.POST.get("name", "")
    if not is_known(model, name):
        raise Http404("The model has no such parameter.")
    return model, name


def _back_to(model: StudioModel) -> HttpResponse:
    return redirect(f"{reverse('dashboard:model-detail', args=[model.pk])}#parameters")
