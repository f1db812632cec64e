"""The board, rendered once, then again by its poller whenever a job changed, and each new day.

A poll compares the revision, and a digest of what changes without one: the day, the status of the connections,
the budgets. While nothing changed, the layer before Django answers (dashboard/polls).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.board.lanes import Lane, lanes
from dashboard.board.people import Person, people
from dashboard.connections.words import told
from dashboard.polls.views import notices_changed, poll, share
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from studio.catalog.models import Connection
from studio.credits.models import Budget
from studio.jobs.dispatch.connection_status import connection_status
from studio.jobs.models import Job, Revision
from studio.jobs.queries import Count, count
from studio.jobs.states import JobState
from studio.team.models import Member


@dataclass(frozen=True)
class Board:
    """``revision`` and ``seen`` are read before the rest, so that later changes are seen by the next poll."""

    revision: int
    seen: str
    lanes: list[Lane]
    people: list[Person]
    approvals: Count
    cases: Count
    on_hold: Count

    @cached_property
    def busy(self) -> list[Person]:
        return [person for person in self.people if person]

    @cached_property
    def resting(self) -> list[Person]:
        return [person for person in self.people if not person]

    @property
    def making(self) -> int:
        return sum(lane.made_at_once for lane in self.lanes)

    @property
    def waiting(self) -> int:
        return sum(lane.waiting for lane in self.lanes)

    @property
    def today(self) -> int:
        return sum(person.use.today for person in self.people)

    @property
    def month(self) -> int:
        return sum(person.use.month for person in self.people)

    @property
    def is_new(self) -> bool:
        """Whether no clip was ever requested."""
        return not any(person.last_asked_at for person in self.people)

    @property
    def pause(self) -> int:
        """Seconds between two polls."""
        return 2 if self.making or self.waiting else 15


@require_safe
def board(request: MemberRequest) -> HttpResponse:
    return render(request, "board/board.html", {"board": board_for(request.user)})


@require_safe
@poll
def board_changes(request: MemberRequest) -> HttpResponse:
    """The whole board if anything changed since ``?since=``; else 204."""
    since = whole_number(request.GET.get("since", ""))
    if since is None:
        raise Http404("No such moment.")
    is_old = notices_changed(request)
    if not is_old and since == Revision.current() and request.GET.get("seen") == _digest():
        share(request, ())
        return HttpResponse(status=204)
    found = board_for(request.user)
    if not is_old:
        share(request, _who_sees_more(found))
    return render(request, "board/changes.html", {"board": found, "notices_changed": is_old})


def board_for(viewer: Member) -> Board:
    revision, seen = Revision.current(), _digest()
    found, jobs = lanes(viewer), Job.objects.for_user(viewer)
    return Board(
        revision=revision,
        seen=seen,
        lanes=found,
        people=people(found),
        approvals=count(jobs.in_state(JobState.APPROVAL)),
        cases=count(jobs.filter(state__in=(JobState.ATTENTION, JobState.UNKNOWN))),
        on_hold=count(jobs.in_state(JobState.BLOCKED)),
    )


def _digest() -> str:
    """A digest of what changes without a revision."""
    stand = [
        (each.pk, each.name, told(connection_status(each))) for each in Connection.objects.order_by("pk")
    ]
    budgets = list(Budget.objects.running().order_by("pk").values_list("pk", "limit", "from_day"))
    return sha256(repr((timezone.localdate(), stand, budgets)).encode()).hexdigest()[:16]


def _who_sees_more(found: Board) -> Iterator[int]:
    """Managers see buttons; a private clip is shown to the person who requested it."""
    yield from Member.objects.deciding().values_list("pk", flat=True)
    for lane in found.lanes:
        yield from (job.spender_id for job in lane.jobs if job.is_private)
