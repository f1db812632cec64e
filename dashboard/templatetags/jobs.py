"""Filters for clips, in lists and on their own pages."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.http import urlencode

from dashboard.jobs import words
from dashboard.jobs.safekeeping import record_safekeeping, safekeeping
from studio.jobs.states import JobState
from studio.library.fetch import own_media_name

MOST_SHOWN = 20_000  # characters of a record
register = template.Library()
register.filter(words.event_words)
register.filter(words.state_line)
register.filter(words.refund_words)
register.filter(safekeeping)
register.filter(record_safekeeping)
register.filter(words.time_left)
register.filter(words.spent)
register.filter(words.clock)
register.filter(words.milliseconds)
register.filter(words.said_of_file)


@register.filter
def media(name: str) -> str:
    """The URL of a stored file: the same for as long as the file is kept."""
    return f"{settings.MEDIA_URL}{name}"


@register.filter
def download(name: str, file_name: str) -> str:
    """The URL that downloads a stored file as ``file_name``."""
    return f"{media(name)}?{urlencode({'download': file_name})}"


@register.filter
def is_link(url: str) -> bool:
    """Whether a URL that a person typed is safe in an href."""
    return url.startswith(("https://", "http://")) or bool(own_media_name(url))


@register.filter
def seconds_since(moment: datetime) -> float:
    return (timezone.now() - moment).total_seconds()


@register.filter
def plain(number: Any) -> str:
    """A number for a program to read: no commas, whatever the language."""
    return "" if number is None else str(number)


@register.filter
def box(aspect_ratio: str) -> str:
    """Width and height of a frame of that ratio, for a viewBox: "9 16"; 16 by 9 where the ratio is unknown."""
    width, _, height = aspect_ratio.partition(":")
    known = width.isdigit() and height.isdigit() and int(width) and int(height)
    return f"{width} {height}" if known else "16 9"


@register.filter
def json_text(raw: Any, most: int = MOST_SHOWN) -> str:
    """A record of the studio, verbatim but indented; of a very long one, its beginning.

    Only what is shown is indented: for a deeply nested one, the indents alone could fill the memory.
    """
    shown = ""
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(raw):
        shown += piece
        if len(shown) > most:
            return f"{shown[:most]}\n… {len(json.dumps(raw, ensure_ascii=False)):,} characters in all"
    return shown


@register.filter
def record_state(state: str) -> str:
    """The label of a history record's state; the studio may use a state of its own."""
    return str(JobState(state).label) if state else "Unknown state"
