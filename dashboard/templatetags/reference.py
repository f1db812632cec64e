"""Words of the API's reference."""

from django import template

from dashboard.reference import prose

register = template.Library()
register.filter(prose.prose)
register.filter(prose.inline)
