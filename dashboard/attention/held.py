"""After a restore from a backup: queued requests may have been sent since, so an admin compares before sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.access import admin_required
from dashboard.shared.confirmation import Confirmation
from dashboard.shared.requests import MemberRequest
from dashboard.shared.words import clock_time
from studio.catalog.models import Connection
from studio.jobs.models import HistoryRecord, Job, JobQuerySet
from studio.jobs.states import JobState
from studio.jobs.sync.repeated import KEYS_LAST
from studio.jobs.sync.restored import release_hold
from studio.team.models import Member

MOST_LISTED = 12
SANDBOX = Q(kind=Connection.Kind.SANDBOX)  # its jobs were restored with the database
WAITING = (JobState.QUEUED, JobState.BLOCKED)


@dataclass(frozen=True, slots=True)
class Held:
    """A connection whose queue is held, and how many requests are waiting; or, after the hold, until when repeated
    requests are compared with the history.
    """

    connection: Connection
    waiting: int
    repeats_until: datetime

    @property
    def is_over(self) -> bool:
        return self.connection.held_since is None

    @property
    def what(self) -> str:
        return "1 request is waiting" if self.waiting == 1 else f"{self.waiting} requests are waiting"


def held(user: Member) -> list[Held]:
    """Only for admins, who may release it."""
    if not user.is_admin:
        return []
    lately = Q(held_since__isnull=False) | Q(restored_at__gt=timezone.now() - KEYS_LAST)
    connections = Connection.objects.filter(lately).exclude(SANDBOX & Q(held_since=None))
    return [
        Held(connection, _waiting(connection, user).count(), restored + KEYS_LAST)
        for connection in connections.order_by("name", "pk")
        if (restored := connection.held_since or connection.restored_at)
    ]


def _waiting(connection: Connection, user: Member) -> JobQuerySet:
    return Job.objects.for_user(user).filter(connection=connection, state__in=WAITING).order_by("id")


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def hold_release(request: MemberRequest, connection_id: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    back = reverse("dashboard:attention-list")
    if request.method == "POST" and release_hold(connection, request.user):
        messages.success(request, f"Sending to {connection} resumed.")
        return redirect(back)
    connection.refresh_from_db()  # another request may have ended the hold since
    if connection.held_since is None:
        messages.warning(request, f"Nothing changed: {connection} is no longer held.")
        return redirect(back)
    waiting = _waiting(connection, request.user)
    context = {
        "confirmation": _confirmation(connection, waiting.count(), back),
        "connection": connection,
        "jobs": list(waiting[:MOST_LISTED]),
        "records": _unclaimed(connection, request.user),
    }
    return render(request, "attention/hold_release.html", context)


def _unclaimed(connection: Connection, user: Member) -> Sequence[HistoryRecord]:
    """What the studio made since the backup and is unknown here."""
    made = HistoryRecord.objects.for_user(user).filter(
        connection=connection, job=None, unreadable_reason="", made_at__gte=connection.hold.since
    )
    return list(made.order_by("-made_at")[:MOST_LISTED])


def _confirmation(connection: Connection, waiting: int, back: str) -> Confirmation:
    return Confirmation(
        title="Send waiting requests?" if waiting else "Release the hold?",
        text=(
            f"Sending to {connection} is on hold because a backup of {clock_time(connection.hold.since)} was restored."
            " It resumes automatically once the studio’s history proves that nothing was sent since. Send now only"
            " if you are sure of that."
            f" Either way, until {clock_time(connection.hold.until + KEYS_LAST)} requests that are repeated (with an"
            " Idempotency-Key or from a form that was open) are first compared with the history."
        ),
        warning="Requests that were sent after the backup was taken are paid for twice.",
        button="Send now" if waiting else "Release",
        back=back,
        is_danger=True,
    )
