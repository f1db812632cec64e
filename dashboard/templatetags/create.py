"""Filters of the create page."""

from django import template
from django.forms import Form

from dashboard.models.words import limits_phrase
from studio.contract.capability import Limits

register = template.Library()


@register.filter
def limits(told: Limits) -> str:
    return limits_phrase(told)


@register.filter
def field_label(name: str, form: Form) -> str:
    """The label of a field by its name; "the request" for an error that belongs to none."""
    return str(form[name].label) if name in form.fields else "the request"
