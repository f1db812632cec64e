"""Words of the price list."""

from django import template

from dashboard.prices import words

register = template.Library()
register.filter(words.choices)
register.filter(words.percent)
register.filter(words.spread)
