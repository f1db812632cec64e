"""The status of a connection: whether clips are sent there now and, if not, why, since when, until when.

Derived, never stored: from the connection's own state, its hourly quota, and clips on hold for lack of credits.
If several problems apply, the first in the order of StatusKind is reported.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Subquery
from django.utils import timezone

from studio.catalog.connections import has_key
from studio.catalog.models import Connection
from studio.credits.models import BalanceReading
from studio.jobs.dispatch.hourly_quota import hourly_quota
from studio.jobs.models import Submission
from studio.jobs.states import SubmissionState


class StatusKind(StrEnum):
    """The values are those of ``data-state`` on the pages."""

    WORKING = "working"
    HELD = "held"  # a backup was restored
    PAUSED = "paused"  # by an admin
    NO_KEY = "no_key"
    REFUSED = "refused"  # the key
    UNREACHABLE = "unreachable"
    SHORT = "short"  # not enough credits for at least one clip
    LIMITED = "limited"  # the studio answered 429
    SPENT = "spent"  # the hourly quota is used up


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """``since`` and ``until`` are None if unknown; ``reason`` is a sentence of the studio or of ours."""

    kind: StatusKind = StatusKind.WORKING
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    by: str = ""  # the admin who paused it
    required: int | None = None  # credits that the cheapest clip on hold needs
    available: int | None = None  # credits
    allowed: int | None = None  # requests an hour

    @property
    def is_working(self) -> bool:
        return self.kind is StatusKind.WORKING


def connection_status(connection: Connection, now: datetime | None = None) -> ConnectionStatus:
    """At most two small queries, and none if the connection's own row is enough."""
    now = now or timezone.now()
    lasting = _from_row(connection) or _short_of_credits(connection)
    return lasting or _limited(connection, now) or _spent(connection, now) or ConnectionStatus()


def _from_row(connection: Connection) -> ConnectionStatus | None:
    """Problems that last until someone acts, or the studio is back."""
    reason, since = connection.state_reason, connection.state_since
    if connection.held_since:
        return ConnectionStatus(StatusKind.HELD, connection.held_since)
    if connection.paused_since:
        return ConnectionStatus(
            StatusKind.PAUSED, connection.paused_since, by=str(connection.paused_by or "")
        )
    if not has_key(connection):
        return ConnectionStatus(StatusKind.NO_KEY)
    if connection.state == Connection.State.PAUSED:
        return ConnectionStatus(StatusKind.REFUSED, since, reason=reason)
    if connection.state == Connection.State.UNREACHABLE:
        return ConnectionStatus(StatusKind.UNREACHABLE, since, reason=reason)
    return None


def _short_of_credits(connection: Connection) -> ConnectionStatus | None:
    on_hold = Submission.objects.filter(
        connection=connection, state=SubmissionState.BLOCKED, blocked_for__isnull=False
    )
    newest = BalanceReading.objects.filter(connection=connection).values("credits")[:1]
    facts = on_hold.order_by("blocked_for").values_list("blocked_for", "answered_at", Subquery(newest))
    cheapest = facts.first()
    if cheapest is None:
        return None
    required, since, available = cheapest
    if available is not None and available >= required:  # it resumes with the next step
        return None
    return ConnectionStatus(StatusKind.SHORT, since, required=required, available=available)


def _limited(connection: Connection, now: datetime) -> ConnectionStatus | None:
    until = connection.send_after
    return ConnectionStatus(StatusKind.LIMITED, until=until) if until and until > now else None


def _spent(connection: Connection, now: datetime) -> ConnectionStatus | None:
    quota = hourly_quota(connection, now)
    if quota is None or quota.free_at is None:
        return None
    return ConnectionStatus(StatusKind.SPENT, until=quota.free_at, allowed=quota.allowed)
