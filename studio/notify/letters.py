"""The mail for one notification, or for several that waited for the end of quiet hours."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from studio.notify.models import Delivery

RULE = "-- "  # mail programs hide what follows as a signature


def letter(deliveries: Sequence[Delivery], address: str) -> EmailMessage:
    """A plain-text message. If it is sent twice, it has the same Message-ID."""
    first = deliveries[0]
    host = urlsplit(settings.PUBLIC_URL).hostname
    headers = {"Message-ID": f"<{first.key}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(_subject(deliveries), _text(deliveries), to=[address], headers=headers)


def _subject(deliveries: Sequence[Delivery]) -> str:
    first = deliveries[0]
    return first.title if len(deliveries) == 1 else f"{len(deliveries)} notifications from your quiet hours"


def _text(deliveries: Sequence[Delivery]) -> str:
    paragraphs = [_paragraph(delivery, is_alone=len(deliveries) == 1) for delivery in deliveries]
    choose = settings.PUBLIC_URL + reverse("dashboard:notification-settings")
    return "\n\n".join([*paragraphs, f"{RULE}\nChange your notification settings: {choose}\n"])


def _paragraph(delivery: Delivery, *, is_alone: bool) -> str:
    link = settings.PUBLIC_URL + delivery.path if delivery.path else ""
    lines = ([] if is_alone and delivery.text else [delivery.title]) + [delivery.text, link]
    return "\n".join(line for line in lines if line)
