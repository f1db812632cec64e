"""What the job list is narrowed to beyond the choices that it offers itself, in words."""

from collections.abc import Iterator

from dashboard.jobs.filter import Asked
from dashboard.shared.words import days
from studio.catalog.models import Connection
from studio.jobs.queries import JobFilter
from studio.tokens.models import Token

# Offered by no control of the list: they come with links from elsewhere, and go with one.
LINKED = ("from", "until", "spender", "connection", "family", "token")


def narrowed_words(question: Asked) -> str:
    """ "Asked for 1–22 Nov 2026, booked on Editor"; "" where only the list's own choices narrow it."""
    words = ", ".join(_parts(question))
    return words[:1].upper() + words[1:]


def _parts(question: Asked) -> Iterator[str]:
    narrowed: JobFilter = question.narrowed
    if narrowed.since or narrowed.until:
        yield f"asked for {days(narrowed.since, narrowed.until)}"
    if narrowed.spender:
        yield "booked on " + next(str(one) for one in question.people if one.pk == narrowed.spender)
    if narrowed.family:
        yield f"made by {narrowed.family}"
    if narrowed.connection:
        yield f"at {Connection.objects.get(pk=narrowed.connection).name}"
    if narrowed.token:
        yield f"by the token {Token.objects.select_related('owner').get(pk=narrowed.token).long_name}"
    elif narrowed.token == 0:
        yield "in the browser"
