"""Words for a token."""

from datetime import date, timedelta

from django.utils import timezone

from studio.tokens.keyring import PREFIX
from studio.tokens.models import Scope, Token

SENTENCES: dict[str, str] = {
    Scope.READ: "Read models, your own clips and their files.",
    Scope.GENERATE: "Create clips, which costs credits, and read their status.",
}


def masked(token: Token) -> str:
    """ "dly_…a1b2": the part of it that is shown after creation."""
    return f"{PREFIX}…{token.ending}"


def scope_words(token: Token) -> str:
    """ "Read and generate"; "Read only"."""
    labels = [str(scope.label) for scope in Scope if token.may(scope)]
    return " and ".join(labels).capitalize() if len(labels) > 1 else f"{labels[0]} only"


def last_day(token: Token) -> date | None:
    """The last day on which it works, in the installation's time zone: the day before, if it expires at midnight.

    None: it never ends.
    """
    if token.expires_at is None:
        return None
    return timezone.localdate(token.expires_at - timedelta.resolution)
