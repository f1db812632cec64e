"""Tags and filters of every page."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from dashboard.sections import Section, place_at, section_at, sections_of
from dashboard.shared import words
from dashboard.shared.icons import PATHS
from dashboard.shared.requests import MemberRequest
from studio.contract.published_price import Discount
from studio.jobs.states import JobState

register = template.Library()

LONG_SIDE = 16  # of a drawn frame, on a 20 × 20 grid


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon for the eye only; the words beside it carry the meaning. Raises KeyError for others."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>',
        PATHS[name],
    )


@register.simple_tag
def ratio(value: str, named: bool = False) -> SafeString:
    """A little frame of the shape that ``value`` names; a dashed one for "Auto" and words we cannot draw.

    ``named=True`` gives it the value as its accessible name, for where the word does not stand beside it.
    """
    width, height, dashes = _frame(value)
    name = format_html("<title>{}</title>", value) if named else ""
    role = mark_safe('role="img"' if named else 'aria-hidden="true"')  # noqa: S308 our own words
    return format_html(
        '<svg class="ratio" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.5" {}>'
        '{}<rect x="{}" y="{}" width="{}" height="{}" rx="1.5"{}/></svg>',
        role, name, (20 - width) / 2, (20 - height) / 2, width, height, dashes,
    )  # fmt: skip


def _frame(value: str) -> tuple[float, float, str]:
    wide, _, high = value.partition(":")
    try:
        shape = float(wide) / float(high)
    except (ValueError, ZeroDivisionError):
        return 14, 10, mark_safe(' stroke-dasharray="2.5 2"')
    shape = min(max(shape, 1 / 4), 4)
    if abs(shape - 1) < 0.01:
        return 12, 12, ""
    return (
        (LONG_SIDE, round(LONG_SIDE / shape, 1), "")
        if shape > 1
        else (round(LONG_SIDE * shape, 1), LONG_SIDE, "")
    )


@register.filter
def amount(number: Decimal | float | None) -> str:
    return words.amount(number)


@register.filter
def discount_words(discount: Discount) -> str:
    return words.discount_words(discount)


@register.filter(name="credits")
def credits_filter(number: Decimal | float | None) -> str:
    return words.credits_phrase(number)


@register.filter
def state_word(state: str) -> str:
    """The state in a person's words; a word we do not know is shown as it is."""
    return JobState(state).label if state in JobState else state


@register.filter
def age(moment: datetime | None) -> SafeString | str:
    """``<time>`` that says how long ago, and grows old while the page is open (static/dailies.js)."""
    if moment is None:
        return "never"
    return format_html(
        '<time datetime="{}" title="{}" data-age>{}</time>',
        moment.isoformat(timespec="seconds"), f"{localtime(moment):%Y-%m-%d %H:%M %Z}", words.age(moment),
    )  # fmt: skip


@register.filter
def clock_time(moment: datetime | None) -> str:
    return words.clock_time(moment)


@register.filter
def length_words(seconds: float) -> str:
    return words.length(seconds)


@register.inclusion_tag("components/rail.html", takes_context=True)
def rail(context: RequestContext) -> dict[str, Any]:
    """The main navigation: the sections that this person may open, the one of this page marked as current."""
    request = context["request"]
    here = section_at(request.path)
    links = [_rail_link(section, section is here, request) for section in sections_of(request.user)]
    return {"links": links, "request": request}


def _rail_link(section: Section, is_here: bool, request: MemberRequest) -> dict[str, Any]:
    url = section.places_of(request.user)[0].url
    current = "page" if request.path == url else "true" if is_here else ""
    return {"section": section, "url": url, "current": current}


@register.inclusion_tag("components/tabs.html", takes_context=True)
def tabs(context: RequestContext) -> dict[str, Any]:
    """The pages of the section that this page belongs to; nothing where there is only one."""
    request = context["request"]
    here = section_at(request.path)
    places = here.places_of(request.user) if here else []
    return {"section": here, "places": places, "current": place_at(request.path, places)}


@register.simple_tag
def sign_on() -> dict[str, str]:
    """The single sign-on that the sign-in page offers; empty where none is set up."""
    if not settings.SOCIALACCOUNT_PROVIDERS:
        return {}
    return {"name": settings.OIDC_NAME, "url": reverse("openid_connect_login")}
