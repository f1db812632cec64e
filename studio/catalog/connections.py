"""Which studio we work with, and how to talk to it."""

from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from studio.catalog.models import Connection
from studio.contract.engine import Engine
from studio.contract.errors import KeyRefused, StudioError


def default_connection() -> Connection:
    """The connection that the environment names: a Video Studio API, or the sandbox. Made when missing."""
    kind = Connection.Kind.HTTP if settings.STUDIO_BASE_URL else Connection.Kind.SANDBOX
    found = Connection.objects.filter(kind=kind, base_url=settings.STUDIO_BASE_URL, is_default=True).first()
    return found or _make_default(kind, settings.STUDIO_BASE_URL)


@transaction.atomic
def _make_default(kind: str, base_url: str) -> Connection:
    Connection.objects.filter(is_default=True).update(is_default=False)
    name = Connection.Kind(kind).label
    connection, _ = Connection.objects.get_or_create(kind=kind, base_url=base_url, defaults={"name": name})
    connection.is_default = True
    connection.save(update_fields=["is_default"])
    return connection


def usable_connections() -> list[Connection]:
    """Those whose key is at hand. What waits at another goes on when the environment names it again."""
    return list(
        Connection.objects.filter(Q(kind=Connection.Kind.SANDBOX) | Q(base_url=settings.STUDIO_BASE_URL))
    )


def engine_for(connection: Connection) -> Engine:
    """The engine that answers for a usable connection."""
    if connection.is_sandbox:
        from studio.sandbox.engine import Sandbox  # noqa: PLC0415 - only the worker pays for it

        return Sandbox()
    return _video_studio(connection.base_url, settings.STUDIO_API_KEY)


@cache
def _video_studio(base_url: str, key: str) -> Engine:
    from studio.upstream.client import Patience, VideoStudio  # noqa: PLC0415 - httpx costs 116 ms at start

    return VideoStudio(base_url, key, patience=Patience(generate=settings.GENERATE_DEADLINE))


def note_answer(connection: Connection) -> None:
    """The studio answered: whatever was wrong with it is over."""
    Connection.objects.filter(pk=connection.pk).exclude(state=Connection.State.WORKING).update(
        state=Connection.State.WORKING, state_reason="", state_since=timezone.now()
    )


def note_trouble(connection: Connection, error: StudioError) -> None:
    """The studio did not answer, or refused the key. ``state_since`` keeps the moment that it began."""
    refused = isinstance(error, KeyRefused)
    state = Connection.State.PAUSED if refused else Connection.State.UNREACHABLE
    changed = Connection.objects.filter(pk=connection.pk).exclude(state=state)
    if not refused:  # a paused connection stays paused: being unreachable as well changes nothing
        changed = changed.exclude(state=Connection.State.PAUSED)
    changed.update(state=state, state_reason=error.sentence, state_since=timezone.now())


def note_clock(connection: Connection, server_time: datetime | None, asked_at: datetime) -> None:
    """How far the studio's clock is ahead of ours, from its Date header: whole seconds, so small steps are noise."""
    if server_time is None:
        return
    skew = (server_time - (asked_at + (timezone.now() - asked_at) / 2)).total_seconds() + 0.5
    if connection.clock_skew is None or abs(skew - connection.clock_skew) > 1:
        connection.clock_skew = skew
        Connection.objects.filter(pk=connection.pk).update(clock_skew=skew)


def ask_refresh(connection: Connection) -> None:
    """A person wants the models read anew; the worker does it at its next turn."""
    Connection.objects.filter(pk=connection.pk).update(refresh_asked_at=timezone.now())
