"""Which connection to use, its client, and its state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from studio.catalog import vault
from studio.catalog.models import Connection
from studio.contract.engine import Engine
from studio.contract.errors import KeyRefused, Refused, StudioError
from studio.core.rows import compare_and_set
from studio.notify.kinds import Kind
from studio.notify.telling import notify
from studio.team.models import Member

if TYPE_CHECKING:  # httpx costs 116 ms at start
    from studio.upstream.client import VideoStudio

_engines: dict[
    tuple[str, str], "VideoStudio"
] = {}  # by address and key, so that their network connections are reused
TEST_LOST = timedelta(minutes=1)
# The pause between two reads with a refused key: as long as it has been refused so far, within these bounds.
SHORTEST_KEY_RETRY = timedelta(seconds=30)
LONGEST_KEY_RETRY = timedelta(minutes=5)
CLOCK_SET = 60.0  # seconds: no clock drifts more between two readings, so it was set
MOST_SKEW = 24 * 3600.0  # seconds: a local time sent as GMT is off by at most 14 h


# ── Which connection ────────────────────────────────────────────────────────────────────────────────────
def default_connection() -> Connection:
    """The connection named by the environment, else an admin's choice, else the sandbox.

    It is created if missing, and marked as the default.
    """
    if settings.STUDIO_BASE_URL:
        return _default(Connection.Kind.HTTP, settings.STUDIO_BASE_URL)
    chosen = Connection.objects.filter(is_default=True).first()
    return chosen if chosen and has_key(chosen) else _default(Connection.Kind.SANDBOX, "")


def _default(kind: str, base_url: str) -> Connection:
    own = Connection.objects.filter(kind=kind, base_url=base_url, sealed_key="")
    return own.filter(is_default=True).first() or _make(kind, base_url)


@transaction.atomic
def _make(kind: str, base_url: str) -> Connection:
    connection, _ = Connection.objects.get_or_create(
        kind=kind, base_url=base_url, sealed_key="", defaults={"name": Connection.Kind(kind).label}
    )
    make_default(connection)
    return connection


@transaction.atomic
def make_default(connection: Connection) -> None:
    """Make new clips there from now on. Clips that wait or run elsewhere stay there."""
    Connection.objects.filter(is_default=True).update(is_default=False)
    Connection.objects.filter(pk=connection.pk).update(is_default=True)
    connection.is_default = True


def is_from_settings(connection: Connection) -> bool:
    """Whether the environment currently names it and holds its key."""
    return bool(
        connection.base_url and not connection.sealed_key and connection.base_url == settings.STUDIO_BASE_URL
    )


def has_key(connection: Connection) -> bool:
    """Whether a key is available, or none is needed. The key may still be refused."""
    return connection.is_sandbox or bool(connection.sealed_key) or is_from_settings(connection)


def usable_connections() -> list[Connection]:
    """Connections with a key. What waits at another one continues when its key is back."""
    own = Q(kind=Connection.Kind.SANDBOX) | ~Q(sealed_key="")
    if settings.STUDIO_BASE_URL:
        own |= Q(base_url=settings.STUDIO_BASE_URL)
    return list(Connection.objects.filter(own))


# ── Its client ──────────────────────────────────────────────────────────────────────────────────────────
def engine_for(connection: Connection) -> Engine:
    """The engine of a connection; a new one after its key or address changed.

    Raises KeyRefused if its key is not available or cannot be decrypted.
    """
    if connection.is_sandbox:
        from studio.sandbox.engine import Sandbox  # noqa: PLC0415 - only the worker pays for it

        return Sandbox()
    make: Callable[[str, str], VideoStudio]
    if connection.sealed_key:
        make, key = _with_stored_key, connection.sealed_key
    elif is_from_settings(connection):
        make, key = _with_key_of_settings, settings.STUDIO_API_KEY
    else:
        raise KeyRefused("Its key is no longer available: the settings do not name this address.")
    known = (connection.base_url, key)
    if known not in _engines:
        _engines[known] = make(*known)
    return _engines[known]


def unmasked(connection: Connection, address: str) -> str:
    """An address from the studio's answer with the masked API key restored, for downloading."""
    from studio.upstream.secret import MASK_IN_ADDRESS, Secret  # noqa: PLC0415 - most addresses hold no key

    if MASK_IN_ADDRESS not in address or not has_key(connection):
        return address
    if connection.sealed_key:
        return vault.unseal(connection.sealed_key, connection.base_url).put_back_in(address)
    return Secret(settings.STUDIO_API_KEY).put_back_in(address)


def forget_engines() -> None:
    """Close all clients. Call it only while none is in use; the next call opens new ones."""
    while _engines:
        _engines.popitem()[1].close()


def _with_key_of_settings(base_url: str, key: str) -> "VideoStudio":
    from studio.upstream.client import Patience, VideoStudio  # noqa: PLC0415 - httpx costs 116 ms at start

    return VideoStudio(base_url, key, patience=Patience(generate=settings.GENERATE_DEADLINE))


def _with_stored_key(base_url: str, sealed_key: str) -> "VideoStudio":
    """The client is remembered by the encrypted key, which differs each time a key is saved.

    An address from a form is less trusted than one from the settings: it must be public, or listed in the settings.
    """
    from studio.upstream.client import Patience, VideoStudio  # noqa: PLC0415 - httpx costs 116 ms at start
    from studio.upstream.guard import address_policy  # noqa: PLC0415 - as above

    return VideoStudio(
        base_url,
        vault.unseal(sealed_key, base_url).reveal(),
        patience=Patience(generate=settings.GENERATE_DEADLINE),
        address_policy=address_policy(settings.STUDIO_ALLOWED_HOSTS),
    )


# ── Its state ───────────────────────────────────────────────────────────────────────────────────────────
def note_answer(connection: Connection) -> None:
    """The studio answered with this key: any trouble is over."""
    troubled = Connection.objects.filter(pk=connection.pk).exclude(state=Connection.State.WORKING)
    troubled.update(**_well())


def clear_trouble(connection: Connection) -> None:
    """The key was tested and works. A key that was replaced during the test is not covered: it is tested again."""
    tried = Connection.objects.filter(pk=connection.pk, sealed_key=connection.sealed_key)
    tried.exclude(state=Connection.State.WORKING).update(**_well())


def _well() -> dict[str, object]:
    state = Connection.State.WORKING
    return {"state": state, "state_reason": "", "state_since": timezone.now(), "key_retry_at": None}


def note_refusal(connection: Connection, error: Refused) -> None:
    """A call was answered 401 or 403. One read with the same key decides whether the connection pauses.

    Many APIs answer 403 because of a request's content, and a 401 may be the error of one of their servers. The history
    is read, because it belongs to the account: a list of models may be public and proves nothing about a key.
    """
    confirmed: StudioError = error
    if not _is_paused(connection):
        try:
            engine_for(connection).history(1)
        except StudioError as refused:
            confirmed = refused
        else:
            note_answer(connection)
            return
    note_trouble(connection, confirmed)


def _is_paused(connection: Connection) -> bool:
    return Connection.objects.filter(pk=connection.pk, state=Connection.State.PAUSED).exists()


def note_failed_read(connection: Connection, error: StudioError) -> None:
    """A read failed. A refused key needs one more read as proof (``note_refusal``)."""
    if isinstance(error, KeyRefused):
        note_refusal(connection, error)
    else:
        note_trouble(connection, error)


def note_trouble(connection: Connection, error: StudioError) -> None:
    """The studio did not answer, or certainly refuses the key that ``connection`` was read with: pause it then.

    ``state_since`` keeps the time at which the trouble began.
    """
    refused = isinstance(error, KeyRefused)
    state = Connection.State.PAUSED if refused else Connection.State.UNREACHABLE
    same = Connection.objects.filter(pk=connection.pk, sealed_key=connection.sealed_key)
    changed = same.exclude(state=state)
    if not refused:  # a paused connection stays paused, even if it is unreachable as well
        changed = changed.exclude(state=Connection.State.PAUSED)
    now = timezone.now()
    with transaction.atomic():
        began = changed.update(state=state, state_reason=error.sentence, state_since=now)
        _retry_key_later(same, now)
        if began and refused:
            _notify_admins(connection, now)


def _retry_key_later(same: QuerySet[Connection], now: datetime) -> None:
    """While it is paused, reads are 30 s, 30 s, 1 min, 2 min, 4 min, 5 min, 5 min… apart, however they fail."""
    since = same.filter(state=Connection.State.PAUSED).values_list("state_since", flat=True).first()
    if since is not None:
        wait = min(max(now - since, SHORTEST_KEY_RETRY), LONGEST_KEY_RETRY)
        same.update(key_retry_at=now + wait)


def _notify_admins(connection: Connection, since: datetime) -> None:
    """Once for each time the key is refused."""
    notify(
        Kind.KEY_REFUSED,
        Member.objects.active_admins(),
        about=f"connection {connection.pk} since {since.isoformat()}",
        title=f"{connection}: the API key is refused",
        text="Its clips wait until the key works again or an admin enters another one.",
        path=reverse("dashboard:connection-list"),
        at=since,
    )


def note_clock(connection: Connection, server_time: datetime | None, asked_at: datetime) -> None:
    """Store how far the studio's clock is ahead, from its Date header. It has whole seconds, so small steps are noise.

    A difference of more than a day is a mistake, such as the year 9999, and ignored.
    """
    if server_time is None:
        return
    skew = (server_time - (asked_at + (timezone.now() - asked_at) / 2)).total_seconds() + 0.5
    if abs(skew) > MOST_SKEW:
        return
    if connection.clock_skew is None or abs(skew - connection.clock_skew) > 1:
        set_back = skew - connection.clock_skew if connection.clock_skew is not None else 0.0
        # The backup was dated by the old clock: requests made after it must not seem older than it.
        earlier = timedelta(seconds=set_back if set_back > CLOCK_SET else 0.0)
        backups = {name: F(name) - earlier for name in ("held_from", "restored_from")}
        connection.clock_skew = skew
        Connection.objects.filter(pk=connection.pk).update(clock_skew=skew, **backups)


def note_fractions(connection_id: int) -> None:
    """The studio reports fractions of credits. Safe to repeat."""
    Connection.objects.filter(pk=connection_id, reports_fractions=False).update(reports_fractions=True)


# ── Requests to the worker ──────────────────────────────────────────────────────────────────────────────
def ask_refresh(connection: Connection) -> None:
    """Have the worker read the models at its next turn."""
    Connection.objects.filter(pk=connection.pk).update(refresh_asked_at=timezone.now())


def claim_test(connection: Connection) -> bool:
    """Whether this worker runs the requested test. A test that began over a minute ago has died."""
    begun, asked, now = connection.test_begun_at, connection.test_asked_at, timezone.now()
    if begun and asked and begun >= asked and abs(now - begun) < TEST_LOST:
        return False
    return compare_and_set(Connection.objects.filter(test_begun_at=begun), connection, test_begun_at=now)


def ask_test(connection: Connection) -> None:
    """Have the worker test the connection at its next turn."""
    Connection.objects.filter(pk=connection.pk).update(test_asked_at=timezone.now())
