"""What is said of a token."""

from studio.tokens.keyring import PREFIX
from studio.tokens.models import Scope, Token

SENTENCES = {
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
