"""What is said of a token."""

from datetime import date, timedelta

from django.utils import timezone

from studio.tokens.keyring import PREFIX
from studio.tokens.models import Scope, Token

SENTENCES: dict[str, str] = {
    Scope.READ: "Looks up models, your own clips and their files.",
    Scope.GENERATE: "Asks for clips, which costs credits, and follows those that it asked for.",
}


def masked(token: Token) -> str:
    """ "dly_…a1b2": as much of it as anybody is shown again."""
    return f"{PREFIX}…{token.ending}"


def scope_words(token: Token) -> str:
    """ "Read and generate"; "Read only"."""
    labels = [str(scope.label) for scope in Scope if token.may(scope)]
    return " and ".join(labels).capitalize() if len(labels) > 1 else f"{labels[0]} only"


def last_day(token: Token) -> date | None:
    """The last on which it works, by the installation's clock: of one that ends at midnight, the day before.

    None: it never ends.
    """
    if token.expires_at is None:
        return None
    return timezone.localdate(token.expires_at - timedelta.resolution)
