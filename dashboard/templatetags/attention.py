"""The badge beside Attention in the rail, and the words of what is still being checked."""

from typing import Any

from django import template
from django.template.context import RequestContext

from dashboard.attention import words
from dashboard.attention.views import waiting_for

register = template.Library()
register.filter(words.asked_by)


@register.inclusion_tag("attention/badge.html", takes_context=True)
def attention_badge(context: RequestContext, oob: bool = False) -> dict[str, Any]:
    return {"count": waiting_for(context["request"].user), "oob": oob}
