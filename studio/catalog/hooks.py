"""Webhooks that people add: whether an address will do, and the sealing of it.

An address often is the password at once (Slack's are), and a signing secret is one: both stand in the row sealed
as API keys are, together, and only whoever calls the hook opens them.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from studio.audit import log as audit
from studio.catalog import vault
from studio.catalog.register import NotPossible
from studio.contract.hosts import is_host
from studio.notify.kinds import Kind
from studio.notify.models import OPEN, Delivery, DeliveryState, Format, Hook
from studio.team.models import Member
from studio.upstream.addresses import is_public, names_host
from studio.upstream.secret import Secret

MOST = 10  # standing hooks of one person, and of the team
WHAT = "webhook"  # what is sealed here is good for nothing else
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where to call, and what to sign with: empty for a hook that is not signed."""

    url: Secret
    secret: Secret


@sensitive_variables("url")
def add(
    person: Member | None,
    name: str,
    url: str,
    form: Format,
    kinds: Iterable[Kind],
    *,
    by: Member | None = None,
) -> tuple[Hook, str]:
    """A hook of the person's, or of the team for None. The signing secret is told now and never again; "" for Slack.

    Raises NotPossible, and vault.CannotOpen.
    """
    parts = _usable(url)
    if Hook.objects.standing().filter(person=person).count() >= MOST:
        raise NotPossible(f"There are {MOST} webhooks already: remove one first.")
    secret = _new_secret() if form == Format.JSON else ""
    with transaction.atomic():
        hook = Hook.objects.create(
            person=person,
            name=name or str(parts.hostname),
            host=parts.netloc,
            format=form,
            kinds=list(kinds),
            sealed=_sealed(url, secret),
        )
        _record("hook.added", hook, by)
    return hook, secret


def change(hook: Hook, kinds: Iterable[Kind], *, by: Member | None = None) -> None:
    """Its address stays what it is: another one is another webhook."""
    with transaction.atomic():
        Hook.objects.standing().filter(pk=hook.pk).update(kinds=list(kinds))
        _record("hook.changed", hook, by, kinds=list(kinds))


@sensitive_variables()
def rotate(hook: Hook, *, by: Member | None = None) -> str:
    """The new signing secret, told now and never again: the old one signs nothing from here on.

    Raises vault.CannotOpen.
    """
    secret = _new_secret()
    sealed = _sealed(opened(hook).url.reveal(), secret)
    with transaction.atomic():
        Hook.objects.standing().filter(pk=hook.pk).update(sealed=sealed)
        _record("hook.rotated", hook, by)
    return secret


def remove(hook: Hook, *, by: Member | None = None) -> None:
    """Its address is forgotten at once, and what still waits for it is not sent."""
    with transaction.atomic():
        Hook.objects.filter(pk=hook.pk).update(removed_at=timezone.now(), sealed="")
        waiting = Delivery.objects.filter(hook=hook, state__in=OPEN)
        waiting.update(state=DeliveryState.DROPPED, claim=None, last_error="The webhook was removed.")
        _record("hook.removed", hook, by)


def _record(action: str, hook: Hook, by: Member | None, **detail: object) -> None:
    whose = "a member" if hook.person_id else "the team"
    audit.record(
        action, by=by, about=f"hook:{hook.pk}", name=hook.name, host=hook.host, whose=whose, **detail
    )


@sensitive_variables()
def opened(hook: Hook) -> Place:
    """Raises vault.CannotOpen."""
    secret, _, url = vault.unseal(hook.sealed, WHAT).reveal().partition(" ")
    return Place(Secret(url), Secret("" if secret == UNSIGNED else secret))


def reseal_all() -> list[Hook]:
    """Every stored address under the newest encryption key. Returns those left as they are: nothing opens them."""
    shut = []
    for hook in Hook.objects.exclude(sealed=""):
        try:
            fresh = vault.reseal(hook.sealed)
        except vault.CannotOpen:
            shut.append(hook)
        else:
            Hook.objects.filter(pk=hook.pk, sealed=hook.sealed).update(sealed=fresh)
    return shut


UNSIGNED = "-"


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


@sensitive_variables()
def _sealed(url: str, secret: str) -> str:
    return vault.seal(Secret(f"{secret or UNSIGNED} {url}"), WHAT)


@sensitive_variables()
def _usable(url: str) -> SplitResult:
    """Raises NotPossible. A name that leads to a private address is found out when it is called."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise NotPossible("That is not an address.") from None
    host = parts.hostname or ""
    if not port or not is_host(host) or not url.isascii() or any(letter.isspace() for letter in url):
        raise NotPossible("Enter an address such as https://hooks.example.com/services/…")
    if parts.username or parts.password or parts.fragment:
        raise NotPossible("It must not hold a user, a password or a fragment (#…).")
    if not names_host(settings.STUDIO_ALLOWED_HOSTS, host, port):
        _expect_public(parts.scheme, host)
    return parts


def _expect_public(scheme: str, host: str) -> None:
    named = "A private host may be named in STUDIO_ALLOWED_HOSTS."
    if scheme != "https":
        raise NotPossible(f"Begin it with https: by plain http anybody on the way could read along. {named}")
    if _is_address(host) and not is_public(host):
        raise NotPossible(f"{host} is not on the public internet. {named}")
    if host == "localhost" or host.endswith(".localhost"):
        raise NotPossible(f"{host} is this server itself. {named}")


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()
