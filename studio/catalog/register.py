"""An admin's changes to connections: add, change, set a key, pause, remove. All are audited, but never the key."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from studio.audit.log import record
from studio.catalog import vault
from studio.catalog.connections import ask_test, is_from_settings, make_default
from studio.catalog.models import Connection
from studio.contract.hosts import base_address
from studio.core.errors import UserFacingError
from studio.core.rows import compare_and_set
from studio.team.models import Member
from studio.upstream.addresses import names_host
from studio.upstream.secret import Secret

SHOWN = 4  # last characters of a key that are shown
LONG = 16  # a shorter key shows nothing


class NotPossible(UserFacingError):
    """An address, a key or a change that is not accepted."""


def usable_address(word: str) -> str:
    """Normalize the address for storage. Raises NotPossible, also if the key would be sent unencrypted."""
    try:
        address = base_address(word)
    except ValueError as error:
        raise NotPossible(f"The address {error}") from None
    parts = urlsplit(address)
    named = names_host(settings.STUDIO_ALLOWED_HOSTS, parts.hostname or "", parts.port or 80)
    if parts.scheme == "http" and not named:
        raise NotPossible(
            "It must start with https: over plain http anyone on the way could read the key. "
            "List private hosts in STUDIO_ALLOWED_HOSTS."
        )
    return address


@sensitive_variables("text")
def usable_key(text: str) -> Secret:
    """Raises NotPossible for a key that cannot be sent in a header."""
    key = Secret(text)
    if not key.fits_a_header:
        raise NotPossible("It has a space or a character that no key can have.")
    return key


@sensitive_variables("key")
@transaction.atomic
def add(
    name: str, base_url: str, posts_per_hour: int, key: Secret, *, by: Member | None = None
) -> Connection:
    """Add an account and request its test. Raises vault.CannotOpen."""
    connection = Connection.objects.create(
        name=name,
        kind=Connection.Kind.HTTP,
        base_url=base_url,
        posts_per_hour=posts_per_hour,
        **_sealed(key, base_url),
    )
    ask_test(connection)
    detail = {"name": name, "address": base_url, "requests_an_hour": posts_per_hour}
    record("connection.added", by=by, about=about(connection), **detail)
    return connection


@sensitive_variables("key")
def change(
    connection: Connection,
    *,
    name: str,
    posts_per_hour: int,
    base_url: str = "",
    key: Secret | None = None,
    by: Member | None = None,
) -> None:
    """Change the connection. A new address needs a new key: the stored key is never sent anywhere else.

    Raises NotPossible, and vault.CannotOpen.
    """
    moves = bool(base_url) and base_url != connection.base_url
    if (moves or key) and (connection.is_sandbox or is_from_settings(connection)):
        raise NotPossible("Its address and its key come from the settings.")
    if moves and not key:
        raise NotPossible("Enter the key as well: the stored one is only valid for its address.")
    fields = {"name": name, "posts_per_hour": posts_per_hour}
    if key:
        address = base_url or connection.base_url
        fields |= {"base_url": address, **_sealed(key, address)}
    with transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(**fields)
        if key:
            ask_test(connection)
        _record_change(connection, fields, by)


@sensitive_variables("key")
def _sealed(key: Secret, base_url: str) -> dict[str, str]:
    text = key.reveal()
    ending = text[-SHOWN:] if len(text) >= LONG else ""
    return {"sealed_key": vault.seal(key, base_url), "key_ending": ending}


def _record_change(connection: Connection, fields: dict[str, Any], by: Member | None) -> None:
    """``connection`` is as it was before the change. A new key gets an action of its own."""
    given = {name: fields[name] for name in ("name", "base_url", "posts_per_hour") if name in fields}
    after = {name: value for name, value in given.items() if getattr(connection, name) != value}
    before = {name: getattr(connection, name) for name in after}
    if "sealed_key" in fields:
        record("connection.key_replaced", by=by, about=about(connection), before=before, after=after)
    elif after:
        record("connection.changed", by=by, about=about(connection), before=before, after=after)


def about(connection: Connection) -> str:
    return f"connection:{connection.pk}"


@transaction.atomic
def pause(connection: Connection, by: Member) -> None:
    """Send nothing from now on. Requests under way and running jobs are not affected."""
    going = Connection.objects.filter(paused_since=None)
    if compare_and_set(going, connection, paused_since=timezone.now(), paused_by=by):
        record("connection.paused", by=by, about=about(connection))


@transaction.atomic
def resume(connection: Connection, by: Member | None = None) -> None:
    paused = Connection.objects.filter(paused_since__isnull=False)
    if compare_and_set(paused, connection, paused_since=None, paused_by=None):
        record("connection.resumed", by=by, about=about(connection))


@transaction.atomic
def choose_default(connection: Connection, by: Member) -> None:
    """Make new clips there from now on."""
    make_default(connection)
    record("connection.made_default", by=by, about=about(connection), name=connection.name)


@transaction.atomic
def test(connection: Connection, by: Member) -> None:
    """Request a test of the connection, which the worker runs."""
    ask_test(connection)
    record("connection.test_asked", by=by, about=about(connection), name=connection.name)


@transaction.atomic
def remove(connection: Connection, by: Member | None = None) -> None:
    """Remove it with its models, readings and history. Raises NotPossible if a clip refers to it."""
    if connection.is_sandbox or is_from_settings(connection):
        raise NotPossible(f"{connection} comes from the settings and cannot be removed here.")
    if connection.is_default:
        raise NotPossible(f"{connection} is the default: choose another default first.")
    gone = {"about": about(connection), "name": connection.name, "address": connection.base_url}
    try:
        connection.delete()
    except ProtectedError:
        raise NotPossible(
            f"{connection} has clips on record and cannot be removed. Pause it instead, and nothing is sent there."
        ) from None
    record("connection.removed", by=by, **gone)


def reseal_all() -> list[Connection]:
    """Encrypt every stored key with the newest encryption key. Returns connections whose key could not be decrypted."""
    shut = []
    for connection in Connection.objects.exclude(sealed_key=""):
        try:
            fresh = vault.reseal(connection.sealed_key)
        except vault.CannotOpen:
            shut.append(connection)
            continue
        # Do not overwrite a key that an admin has just replaced: it has the newest encryption already.
        as_read = Connection.objects.filter(sealed_key=connection.sealed_key)
        compare_and_set(as_read, connection, sealed_key=fresh)
    return shut
