"""Words of the reconciliation, on the pages that tell of a difference."""

from django import template

from dashboard.reconciliation import words

register = template.Library()
register.filter(words.signed)
register.filter(words.unexplained)
register.filter(words.change)
register.filter(words.last_told)
