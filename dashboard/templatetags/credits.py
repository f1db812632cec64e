"""Filters for amounts in charts and in the ledger."""

from django import template

from dashboard.shared import words

register = template.Library()


@register.filter
def figure(number: float) -> str:
    """For an attribute of a drawing: no commas, whatever the language."""
    return f"{number:g}"


@register.filter
def signed(number: int) -> str:
    """ "+1,000", "−37", "0"."""
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return f"{sign}{words.amount(abs(number))}"
