"""The bell in the header, and the words and icons of what is told."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.context import RequestContext

from dashboard.notifications.bell import bell
from studio.notify.kinds import Kind
from studio.notify.models import Delivery, Format
from studio.notify.payload import event_of

register = template.Library()


@register.inclusion_tag("notifications/bell.html", name="bell", takes_context=True)
def bell_tag(context: RequestContext) -> dict[str, Any]:
    return {"bell": bell(context["request"].user.pk)}


ICONS: dict[str, str] = {
    Kind.CLIP_READY: "play",
    Kind.CLIP_FAILED: "close",
    Kind.ATTENTION: "warning",
    Kind.APPROVAL_WANTED: "question",
    Kind.APPROVAL_DECIDED: "check",
    Kind.BUDGET_ASKED: "question",
    Kind.KEY_REFUSED: "key",
}


@register.filter
def kind_icon(kind: str) -> str:
    """Of the kinds that are about credits: a coin."""
    return ICONS.get(kind, "coin")


@register.filter
def kind_label(kind: str) -> str:
    return Kind(kind).label if kind in Kind else "Test"


@register.filter
def kind_labels(kinds: Iterable[str]) -> str:
    return ", ".join(kind_label(kind) for kind in kinds)


@register.filter
def event_label(delivery: Delivery) -> str:
    """What happened; of a job report, in the word that its receiver reads."""
    is_report = delivery.job_id is not None
    return event_of(delivery, Format.JOB) if is_report else kind_label(delivery.kind)
