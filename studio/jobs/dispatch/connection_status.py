"""How a connection stands: whether clips are sent there now and, if not, why, since when, until when.

Derived from what is on record, never stored: the connection's own state, its hour's requests, and the clips that
a lack of credits holds back. The first trouble of the list below is the one that is told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Subquery
from django.utils import timezone

from studio.catalog.connections import has_key
from studio.catalog.models import Connection
from studio.credits.models import BalanceReading
from studio.jobs.models import Attempt, Submission
from studio.jobs.states import SubmissionState

HOUR = timedelta(hours=1)


class Kind(StrEnum):
    """The values are those of ``data-state`` on the pages."""

    WORKING = "working"
    HELD = "held"  # a backup was restored
    PAUSED = "paused"  # by an admin
    NO_KEY = "no_key"
    REFUSED = "refused"  # the key
    UNREACHABLE = "unreachable"
    SHORT = "short"  # of credits, for at least one clip
    LIMITED = "limited"  # a 429
    SPENT = "spent"  # the hour's requests


@dataclass(frozen=True, slots=True)
class Standing:
    """``since`` and ``until`` where they are known; ``reason`` is a sentence of the studio or of ours."""

    kind: Kind = Kind.WORKING
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    by: str = ""  # the admin who paused it
    required: int | None = None  # credits that the cheapest clip on hold needs
    available: int | None = None  # credits
    allowed: int | None = None  # requests an hour

    @property
    def is_working(self) -> bool:
        return self.kind is Kind.WORKING


@dataclass(frozen=True, slots=True)
class Budget:
    """The trailing hour's paid requests. ``free_at`` is None while one may be sent."""

    used: int
    allowed: int
    free_at: datetime | None


def budget(connection: Connection, now: datetime | None = None) -> Budget | None:
    """None at the sandbox, which has no limit."""
    if connection.is_sandbox:
        return None
    since = (now or timezone.now()) - HOUR
    recent = Attempt.objects.filter(connection=connection, at__gt=since, is_unsent=False)
    sent = list(recent.order_by("-at").values_list("at", flat=True))
    allowed = connection.posts_per_hour
    free_at = sent[allowed - 1] + HOUR if 0 < allowed <= len(sent) else None
    return Budget(len(sent), allowed, free_at)


def standing(connection: Connection, now: datetime | None = None) -> Standing:
    """At most two small queries, and none where the connection's own row tells."""
    now = now or timezone.now()
    told = _told_by_row(connection) or _short_of_credits(connection)
    return told or _limited(connection, now) or _spent(connection, now) or Standing()


def _told_by_row(connection: Connection) -> Standing | None:
    """What lasts until somebody acts, or the studio is back."""
    reason, since = connection.state_reason, connection.state_since
    if connection.held_since:
        return Standing(Kind.HELD, connection.held_since)
    if connection.paused_since:
        return Standing(Kind.PAUSED, connection.paused_since, by=str(connection.paused_by or ""))
    if not has_key(connection):
        return Standing(Kind.NO_KEY)
    if connection.state == Connection.State.PAUSED:
        return Standing(Kind.REFUSED, since, reason=reason)
    if connection.state == Connection.State.UNREACHABLE:
        return Standing(Kind.UNREACHABLE, since, reason=reason)
    return None


def _short_of_credits(connection: Connection) -> Standing | None:
    on_hold = Submission.objects.filter(
        connection=connection, state=SubmissionState.BLOCKED, blocked_for__isnull=False
    )
    newest = BalanceReading.objects.filter(connection=connection).values("credits")[:1]
    facts = on_hold.order_by("blocked_for").values_list("blocked_for", "answered_at", Subquery(newest))
    cheapest = facts.first()
    if cheapest is None:
        return None
    required, since, available = cheapest
    if available is not None and available >= required:  # about to go on
        return None
    return Standing(Kind.SHORT, since, required=required, available=available)


def _limited(connection: Connection, now: datetime) -> Standing | None:
    until = connection.send_after
    return Standing(Kind.LIMITED, until=until) if until and until > now else None


def _spent(connection: Connection, now: datetime) -> Standing | None:
    told = budget(connection, now)
    if told is None or told.free_at is None:
        return None
    return Standing(Kind.SPENT, until=told.free_at, allowed=told.allowed)
