"""The part of a model's page that is for scripts."""

from typing import Any

from django import template
from django.template.context import RequestContext

from dashboard.models.preset.page import first_preset, is_scriptable
from studio.catalog.models import StudioModel

register = template.Library()


@register.inclusion_tag("models/preset.html", takes_context=True)
def request_snippets(context: RequestContext, model: StudioModel) -> dict[str, Any]:
    """A form with a preset, and the requests for it; nothing where scripts cannot ask for the model."""
    asking = context["request"]
    preset = first_preset(model, asking) if is_scriptable(model) else None
    return {"model": model, "preset": preset, "user": asking.user, "csrf_token": context.get("csrf_token")}
