"""The badges next to Attention and Credits in the rail, and words for requests that are being checked."""

from typing import Any

from django import template
from django.template.context import RequestContext

from dashboard.approvals import queue
from dashboard.attention import words
from dashboard.attention.views import waiting_for

register = template.Library()
register.filter(words.asked_by)


@register.inclusion_tag("attention/badge.html", takes_context=True)
def attention_badge(context: RequestContext, oob: bool = False) -> dict[str, Any]:
    return {"count": waiting_for(context["request"].user), "oob": oob}


@register.inclusion_tag("approvals/badge.html", takes_context=True)
def approvals_badge(context: RequestContext) -> dict[str, Any]:
    return {"count": queue.waiting_for(context["request"].user)}
