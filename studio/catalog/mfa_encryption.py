"""What second factors are made from, at rest: encrypted as the API keys are, so that a copied database has no codes."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from studio.catalog import vault
from studio.upstream.secret import Secret

WHAT = "second factor"  # in the place of an address: nothing else that is sealed opens as one
SEALED_IN = ("secret", "seed")  # of an app, of recovery codes; a passkey has nothing to hide


@dataclass(frozen=True, slots=True)
class CannotDecrypt:
    """One that no encryption key opens. ``name`` is for a person."""

    name: str


@sensitive_variables("text")
def seal(text: str) -> str:
    """Raises vault.CannotOpen without an encryption key."""
    return vault.seal(Secret(text), WHAT)


def unseal(sealed: str) -> str:
    """Raises vault.CannotOpen."""
    return vault.unseal(sealed, WHAT).reveal()


def reseal_all() -> list[CannotDecrypt]:
    """All of them under the newest encryption key. Returns those left as they are."""
    shut = []
    for factor in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).select_related("user"):
        sealed = {name: factor.data[name] for name in SEALED_IN if name in factor.data}
        try:
            fresh = {name: vault.reseal(word) for name, word in sealed.items()}
        except vault.CannotOpen:
            shut.append(CannotDecrypt(f"{factor} of {factor.user}"))
        else:
            _replace(factor, fresh)
    return shut


@transaction.atomic
def _replace(factor: Authenticator, fresh: dict[str, str]) -> None:
    """Read again under a lock: a recovery code may be used meanwhile."""
    locked = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
    if locked:
        locked.data |= fresh
        locked.save(update_fields=["data"])
