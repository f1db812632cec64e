"""A restored backup: what it calls waiting may have been sent since, so an admin compares before it goes on."""

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
SANDBOX = Q(kind=Connection.Kind.SANDBOX)  # what it made went back with the database
WAITING = (JobState.QUEUED, JobState.BLOCKED)


@dataclass(frozen=True, slots=True)
class Held:
    """A connection whose queue is held, and how many requests wait for that; or, after the hold, until when repeated
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
        return "One request waits" if self.waiting == 1 else f"{self.waiting} requests wait"


def held(user: Member) -> list[Held]:
    """For admins, who may end it."""
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
        messages.success(request, f"{connection} goes on. What waited is sent now.")
        return redirect(back)
    connection.refresh_from_db()  # another request may have ended the hold since
    if connection.held_since is None:
        messages.warning(request, f"Nothing changed: {connection} is not held any more.")
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
    """What the studio made since the backup, and nothing here knows."""
    made = HistoryRecord.objects.for_user(user).filter(
        connection=connection, job=None, unreadable_reason="", made_at__gte=connection.hold.since
    )
    return list(made.order_by("-made_at")[:MOST_LISTED])


def _confirmation(connection: Connection, waiting: int, back: str) -> Confirmation:
    return Confirmation(
        title="Send what waits?" if waiting else "End the hold?",
        text=(
            f"{connection} holds its requests, because a backup of {clock_time(connection.hold.since)} was restored."
            " Sending resumes automatically once the studio’s history proves that nothing was sent since. Send now only"
            " if you can see that yourself."
            f" Either way, until {clock_time(connection.hold.until + KEYS_LAST)} requests that are sent again, by an"
            " Idempotency-Key or from an open form, are compared with the history first."
        ),
        warning="What was sent after the backup was made is paid for twice.",
        button="Send them now" if waiting else "Go on",
        back=back,
        is_danger=True,
    )
