"""Encrypts the secrets of second factors like API keys, so that a copy of the database cannot produce codes."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from studio.catalog import vault
from studio.upstream.secret import Secret

WHAT = "second factor"  # bound to the secret in place of an address: other secrets cannot be used as one
SEALED_IN = ("secret", "seed")  # of an authenticator app, of recovery codes; a passkey stores no secret


@dataclass(frozen=True, slots=True)
class CannotDecrypt:
    """A factor that no encryption key decrypts. ``name`` is for a person."""

    name: str


@sensitive_variables("text")
def seal(text: str) -> str:
    """Encrypt a secret. Raises vault.CannotOpen without an encryption key."""
    return vault.seal(Secret(text), WHAT)


def unseal(sealed: str) -> str:
    """Decrypt a secret. Raises vault.CannotOpen."""
    return vault.unseal(sealed, WHAT).reveal()


def reseal_all() -> list[CannotDecrypt]:
    """Encrypt all of them with the newest encryption key. Returns those that could not be decrypted."""
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
    """Read it again under a lock, because a recovery code may be used at the same time."""
    locked = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
    if locked:
        locked.data |= fresh
        locked.save(update_fields=["data"])
