"""Describes the filters of the clip list that it has no controls for."""

from collections.abc import Iterator

from dashboard.jobs.filter import Asked
from dashboard.shared.words import days
from studio.catalog.models import Connection
from studio.jobs.queries import JobFilter
from studio.tokens.models import Token

# The list has no controls for these: they are set by links from other pages and cleared by a link.
LINKED = ("from", "until", "spender", "connection", "family", "token")


def narrowed_words(question: Asked) -> str:
    """ "Requested 1–22 Nov 2026, charged to Editor"; "" where only the list's own controls filter it."""
    words = ", ".join(_parts(question))
    return words[:1].upper() + words[1:]


def _parts(question: Asked) -> Iterator[str]:
    narrowed: JobFilter = question.narrowed
    if narrowed.since or narrowed.until:
        yield f"requested {days(narrowed.since, narrowed.until)}"
    if narrowed.spender:
        yield "charged to " + next(str(one) for one in question.people if one.pk == narrowed.spender)
    if narrowed.family:
        yield f"made with {narrowed.family}"
    if narrowed.connection:
        yield f"at {Connection.objects.get(pk=narrowed.connection).name}"
    if narrowed.token:
        yield f"requested by the token {Token.objects.select_related('owner').get(pk=narrowed.token).long_name}"
    elif narrowed.token == 0:
        yield "requested in the browser"
