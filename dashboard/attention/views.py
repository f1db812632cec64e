"""The page: cases to decide, requests that are being checked, and lost copies.

Rendered once, then kept up to date by its own poller, which sends a digest of what the page shows (``?seen=``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.attention.evidence import Shown, shown
from dashboard.attention.held import Held, held
from dashboard.connections.words import Told, told
from dashboard.shared.requests import MemberRequest
from studio.catalog.models import Connection
from studio.credits.models import Difference
from studio.jobs.dispatch.connection_status import connection_status
from studio.jobs.matching.lost_requests import Doubt
from studio.jobs.models import Job, JobQuerySet
from studio.jobs.queries import JobRow, rows
from studio.jobs.states import JobState
from studio.team.models import Member

MOST_CASES = 30  # shown together; the rest follow when some are decided
MOST_LISTED = 12
# Lost copies are searched among the newest jobs only: there is no index for them.
LOST_AMONG = 10_000
LOST_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that is being looked for in the studio's history."""

    job: Job
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Trouble:
    """A connection that needs an admin to resume."""

    connection: Connection
    told: Told


@dataclass(frozen=True, slots=True)
class Page:
    cases: list[Shown]
    total: int  # cases, also those that are not shown
    checking: list[Checked]
    held: list[Held]
    troubles: list[Trouble]
    unclear: list[JobRow]  # accepted by the studio, without a clear outcome
    lost: list[JobRow]
    differences: list[Difference]
    seen: str  # a digest of the page's contents

    def __bool__(self) -> bool:
        return bool(
            self.cases
            or self.checking
            or any(not each.is_over for each in self.held)
            or self.troubles
            or self.unclear
            or self.lost
            or self.differences
        )

    @property
    def pause(self) -> int:
        """Seconds between two polls."""
        return 5 if self.cases or self.checking else 15


@require_safe
def attention_list(request: MemberRequest) -> HttpResponse:
    return render(request, "attention/list.html", {"page": page_for(request.user)})


@require_safe
def attention_changes(request: MemberRequest) -> HttpResponse:
    """The live part of the page if its digest differs from ``?seen=``; else 204."""
    user = request.user
    if request.GET.get("seen") == _seen(user, held(user), list(_troubles(user))):
        return HttpResponse(status=204)
    return render(request, "attention/changes.html", {"page": page_for(request.user)})


@require_safe
def attention_badge(request: MemberRequest) -> HttpResponse:
    return render(request, "attention/badge.html", {"count": waiting_for(request.user)})


def page_for(user: Member) -> Page:
    on_hold, troubles = held(user), list(_troubles(user))
    seen = _seen(
        user, on_hold, troubles
    )  # read before the rest, so that a later change is seen by the next poll
    asked = Job.objects.for_user(user).in_doubt()
    return Page(
        cases=shown(_first(asked, user), user),
        total=asked.count(),
        checking=_checking(user),
        held=on_hold,
        troubles=troubles,
        differences=_differences(user),
        unclear=rows(_first_unclear(user)),
        lost=rows(_lost(user).newest_first()[:MOST_LISTED]),
        seen=seen,
    )


def _first(asked: JobQuerySet, user: Member) -> list[Job]:
    """The person's own first, oldest first."""
    asked = asked.select_related("owner").order_by("id")
    mine = list(asked.filter(owner=user)[:MOST_CASES])
    return mine + list(asked.exclude(owner=user)[: MOST_CASES - len(mine)])


def waiting_for(user: Member) -> int:
    """How many cases this person may decide."""
    asked = Job.objects.for_user(user).in_state(JobState.ATTENTION)
    return (asked if user.is_manager else asked.filter(owner=user)).count()


def _checking(user: Member) -> list[Checked]:
    unknown = Job.objects.for_user(user).in_state(JobState.UNKNOWN).order_by("id")
    found = unknown.select_related("submission__connection", "owner")[:MOST_LISTED]
    return [Checked(job, Doubt(job.submission)) for job in found]


def _troubles(user: Member) -> Iterator[Trouble]:
    """For admins, the only ones who can fix it. Holds after a restore are shown separately."""
    for connection in Connection.objects.order_by("name", "pk") if user.is_admin else ():
        said = told(connection_status(connection))
        if said.is_for_admin and connection.held_since is None:
            yield Trouble(connection, said)


def _differences(user: Member) -> list[Difference]:
    """For managers, who classify them."""
    opened = Difference.objects.open().select_related("connection")
    return list(opened[:MOST_LISTED]) if user.is_manager else []


def _first_unclear(user: Member) -> JobQuerySet:
    return Job.objects.for_user(user).unclear().order_by("id")[:MOST_LISTED]


def _lost(user: Member) -> JobQuerySet:
    newest = Job.objects.aggregate(id=Max("id"))["id"] or 0
    since = timezone.now() - LOST_WITHIN
    recent = Job.objects.for_user(user).filter(pk__gt=newest - LOST_AMONG, finished_at__gt=since)
    return recent.filter(archive="lost")


def _seen(user: Member, on_hold: Iterable[Held], troubles: Iterable[Trouble]) -> str:
    """A digest that changes with the page's jobs, and when the history next to an open case is updated."""
    jobs = Job.objects.for_user(user)
    open_ones = jobs.filter(state__in=(JobState.ATTENTION, JobState.UNKNOWN)).order_by("id")
    parts: Iterable[Any] = (
        *open_ones.values_list("pk", "rev", "connection__history_read_at"),
        *_lost(user).order_by("id").values_list("pk", "rev"),
        *((each.connection.pk, each.waiting) for each in on_hold),
        *(difference.pk for difference in _differences(user)),
        *((trouble.connection.pk, trouble.told.sentence) for trouble in troubles),
    )
    return sha256(repr(parts).encode()).hexdigest()[:16]
