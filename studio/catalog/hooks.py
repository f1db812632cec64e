"""Webhooks that people add or that requests name: validation of their addresses, and encryption.

An address is often a secret itself (Slack's are), and a signing secret always is. Both are encrypted together in the
row, like API keys, and decrypted only to call the webhook. All webhooks named by a member's requests share one secret,
which has a row of its own.
"""

import base64
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from studio.audit import log as audit
from studio.catalog import vault
from studio.catalog.register import NotPossible
from studio.contract.hosts import is_host
from studio.core.rows import compare_and_set
from studio.notify.kinds import Kind
from studio.notify.models import NAME, OPEN, Delivery, DeliveryState, Format, Hook, RequestSecret
from studio.team.models import Member
from studio.upstream.addresses import is_public, is_web_port, names_host
from studio.upstream.secret import Secret

MOST = 10  # active webhooks per person, and for the team
WHAT = "webhook"  # bound to the encrypted text: it cannot be used for anything else
LONGEST, HOST = 2000, 255  # characters of an address, and of its host
VISIBLE = re.compile(r"[!-~]+")
FOR_REQUESTS = "API requests"  # the name of webhooks that requests name
CANNOT_SIGN = (
    "Its calls cannot be signed: the secret was saved with another encryption key. Make a new one under"
    " Notifications → Settings → Webhooks of API requests."
)
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where to call, and the secret to sign with: empty for a webhook that is not signed."""

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
    """Add a webhook of the person, or of the team (None). Returns the signing secret, shown only once; "" for Slack.

    Raises NotPossible, and vault.CannotOpen.
    """
    parts = expect_usable(url)
    if person is None and form == Format.JOB:
        raise NotPossible("A job report contains the prompt, so it is only for a member's own webhook.")
    if Hook.objects.listed().filter(person=person).count() >= MOST:
        raise NotPossible(f"You already have {MOST} webhooks. Remove one first.")
    secret = _new_secret() if Format(form).is_signed else ""
    with transaction.atomic():
        hook = Hook.objects.create(
            person=person,
            name=name or str(parts.hostname)[:NAME],
            host=parts.netloc.lower(),
            format=form,
            kinds=list(kinds),
            sealed=_sealed(url, secret),
        )
        _record("hook.added", hook, by)
    return hook, secret


@sensitive_variables("url")
def for_request(person: Member, url: str) -> Hook:
    """The webhook that a person's request names for the end of its clips; the same address is the same webhook.

    Raises NotPossible, and vault.CannotOpen.
    """
    expect_usable(url)
    digest = salted_hmac("dailies.webhook-url", url, algorithm="sha256").hexdigest()
    mine = Hook.objects.filter(person=person, is_for_requests=True)
    hook = mine.filter(address_digest=digest).first() or _add_for_request(person, digest, url)
    if not _opens(hook.sealed):  # it was encrypted with a key that is gone
        hook.sealed = _sealed(url, "")
        hook.save(update_fields=["sealed"])
    if not _opens(_request_secret(person.pk).sealed):  # calls could not be signed
        raise vault.CannotOpen(CANNOT_SIGN)
    return hook


@sensitive_variables("url")
def _add_for_request(person: Member, digest: str, url: str) -> Hook:
    """Two requests at the same time get the same webhook."""
    host = urlsplit(url).netloc.lower()
    defaults = {"name": FOR_REQUESTS, "host": host, "format": Format.JOB, "sealed": _sealed(url, "")}
    with transaction.atomic():
        _request_secret(person.pk)
        known = {"person": person, "is_for_requests": True, "address_digest": digest}
        return Hook.objects.get_or_create(**known, defaults=defaults)[0]


def change(hook: Hook, kinds: Iterable[Kind], *, by: Member | None = None) -> None:
    """Change its event types. The address never changes: another one is another webhook."""
    with transaction.atomic():
        Hook.objects.active().filter(pk=hook.pk).update(kinds=list(kinds))
        _record("hook.changed", hook, by, kinds=list(kinds))


@sensitive_variables()
def rotate(hook: Hook, *, by: Member | None = None) -> str:
    """Replace the signing secret. Returns the new one, shown only once; the old one is invalid immediately.

    Raises vault.CannotOpen.
    """
    secret = _new_secret()
    sealed = _sealed(opened(hook).url.reveal(), secret)
    with transaction.atomic():
        Hook.objects.active().filter(pk=hook.pk).update(sealed=sealed)
        _record("hook.rotated", hook, by)
    return secret


@sensitive_variables("secret")
def new_request_secret(person: Member, *, by: Member) -> str:
    """Replace the secret that signs calls to addresses of the person's requests. Returns it, shown only once.

    Raises vault.CannotOpen.
    """
    secret = _new_secret()
    sealed = vault.seal(Secret(secret), WHAT)
    with transaction.atomic():
        fresh = {"sealed": sealed, "made_at": timezone.now()}
        RequestSecret.objects.update_or_create(person=person, defaults=fresh)
        audit.record("hook.request_secret_made", by=by, about=f"member:{person.pk}")
    return secret


@sensitive_variables()
def _request_secret(person: int | None) -> RequestSecret:
    """Created on first use. Raises vault.CannotOpen."""
    if kept := RequestSecret.objects.filter(person=person).first():
        return kept
    sealed = vault.seal(Secret(_new_secret()), WHAT)
    return RequestSecret.objects.get_or_create(person_id=person, defaults={"sealed": sealed})[0]


def remove(hook: Hook, *, by: Member | None = None) -> None:
    """Remove it: its address is deleted immediately, and waiting deliveries are dropped."""
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
    """Decrypt address and secret. Raises vault.CannotOpen."""
    secret, _, url = vault.unseal(hook.sealed, WHAT).reveal().partition(" ")
    if hook.is_for_requests:
        return Place(Secret(url), vault.unseal(_request_secret(hook.person_id).sealed, WHAT))
    return Place(Secret(url), Secret("" if secret == UNSIGNED else secret))


def _opens(sealed: str) -> bool:
    try:
        vault.unseal(sealed, WHAT)
    except vault.CannotOpen:
        return False
    return True


def reseal_all() -> list[Hook | RequestSecret]:
    """Encrypt all of them with the newest encryption key. Returns the rows that could not be decrypted."""
    stored: list[Hook | RequestSecret] = [
        *Hook.objects.exclude(sealed=""),
        *RequestSecret.objects.select_related("person"),
    ]
    return [row for row in stored if not _reseal(row)]


def _reseal(row: Hook | RequestSecret) -> bool:
    try:
        fresh = vault.reseal(row.sealed)
    except vault.CannotOpen:
        return False
    compare_and_set(type(row).objects.filter(sealed=row.sealed), row, sealed=fresh)
    return True


UNSIGNED = "-"


def _new_secret() -> str:
    """In the format of Standard Webhooks libraries."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


@sensitive_variables()
def _sealed(url: str, secret: str) -> str:
    return vault.seal(Secret(f"{secret or UNSIGNED} {url}"), WHAT)


@sensitive_variables()
def expect_usable(url: str) -> SplitResult:
    """Validate the address and return its parts. Raises NotPossible. Host names are resolved only for the call."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise NotPossible("This is not a valid address.") from None
    host = parts.hostname or ""
    if len(url) > LONGEST or len(parts.netloc) > HOST:
        raise NotPossible(f"It is too long: the limit is {LONGEST:,} characters, and {HOST} for its host.")
    if not port or not is_host(host) or not VISIBLE.fullmatch(url):
        raise NotPossible("Enter an address such as https://hooks.example.com/services/…")
    if parts.username or parts.password or parts.fragment:
        raise NotPossible("It must not contain a user, a password or a fragment (#…).")
    if not names_host(settings.STUDIO_ALLOWED_HOSTS, host, port):
        _expect_public(parts.scheme, host, port)
    return parts


def _expect_public(scheme: str, host: str, port: int) -> None:
    named = "List private hosts in STUDIO_ALLOWED_HOSTS."
    if scheme != "https":
        raise NotPossible(
            f"It must start with https: over plain http anyone on the way could read the calls. {named}"
        )
    if not is_web_port(port):
        raise NotPossible(f"Webhooks can’t be called on port {port}.")
    if _is_address(host) and not is_public(host):
        raise NotPossible(f"{host} is not on the public internet. {named}")
    if f".{host.rstrip('.')}".endswith(".localhost"):
        raise NotPossible(f"{host} is this server itself. {named}")


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()
