"""Filters for tokens."""

from django import template

from dashboard.tokens import words

register = template.Library()
register.filter(words.last_day)
register.filter(words.masked)
register.filter(words.scope_words)
