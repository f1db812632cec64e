"""Decides whose request is sent next: people take turns at each connection, so that 100 clips of one person do not hold
up the others.

Next is the person whose last turn is longest ago; people without a turn come first. Within a person, the oldest request
is next. A clip that a manager moved first goes before all of these, the newest such move on top, and counts as its
owner's turn, too.

Claiming a request takes a turn, whatever its outcome. So everyone waits for at most one request of each other person,
and a request that is put back is again its owner's oldest. ``in_turns`` is the only definition of this order: claiming,
the reasons for waiting and the board use it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heapreplace
from itertools import count
from typing import NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from studio.catalog.models import Connection
from studio.credits.balance import latest
from studio.jobs.models import Submission, Turn
from studio.jobs.states import DOUBTFUL, SubmissionState
from studio.team.models import Member


class QueuedRequest(NamedTuple):
    """A request in the queue. ``pk`` only grows: the oldest of a person has the smallest."""

    pk: int
    owner: int
    first_at: datetime | None = None  # when a manager moved it first


def in_turns(queued: Iterable[QueuedRequest], turns: Mapping[int, int]) -> Iterator[QueuedRequest]:
    """All of ``queued``, in the order in which they will be sent if nothing else is added.

    ``turns`` maps an owner to the number of their last turn; owners who had no turn are not in it.
    """
    oldest_first = sorted(queued)
    last, number = dict(turns), count(max(turns.values(), default=0) + 1)
    for one in sorted(filter(_is_moved, oldest_first), key=_newest_move_first, reverse=True):
        yield one
        last[one.owner] = next(number)
    lines: dict[int, deque[QueuedRequest]] = {}
    for one in oldest_first:
        if not _is_moved(one):
            lines.setdefault(one.owner, deque()).append(one)
    people = [(last.get(owner, 0), line[0].pk, owner) for owner, line in lines.items()]
    heapify(people)
    while people:
        line = lines[people[0][2]]
        yield line.popleft()
        if line:
            heapreplace(people, (next(number), line[0].pk, line[0].owner))
        else:
            heappop(people)


def _is_moved(one: QueuedRequest) -> bool:
    return one.first_at is not None


def _newest_move_first(one: QueuedRequest) -> tuple[datetime | None, int]:
    return one.first_at, one.pk


# ── The queue in the database ───────────────────────────────────────────────────────────────────────────
def next_in_line(connection: Connection, now: datetime) -> Submission | None:
    """The next request. Reads only what was moved first, or else the oldest request of each person."""
    waiting = sendable(connection, now)
    moved = _moved(waiting, most=1)
    queued, turns = (moved, {}) if moved else _heads(connection, waiting)
    first = next(in_turns(queued, turns), None)
    return Submission.objects.get(pk=first.pk) if first else None


def line(connection: Connection, now: datetime, most: int) -> list[int]:
    """The ids of the next submissions, in the order of sending; at most ``most`` of them."""
    waiting = sendable(connection, now)
    turns = dict(Turn.objects.filter(connection=connection).values_list("owner", "number"))
    queued = _moved(waiting, most) + _first_of_each(waiting, most)
    return [one.pk for one, _ in zip(in_turns(queued, turns), range(most), strict=False)]


def sendable(connection: Connection, now: datetime) -> QuerySet[Submission]:
    """Queued requests that nothing of their own holds back: a pause, an equal request in doubt, a lack of credits."""
    mine = Submission.objects.filter(connection=connection)
    waiting = mine.filter(state=SubmissionState.QUEUED).exclude(send_after__gt=now)
    return _affordable(_without_twins(waiting, mine), mine, connection)


def _without_twins(waiting: QuerySet[Submission], mine: QuerySet[Submission]) -> QuerySet[Submission]:
    """A request equal to one in doubt waits until that is settled: otherwise the two could not be told apart."""
    doubtful = mine.filter(state__in=DOUBTFUL)
    return waiting.exclude(fingerprint__in=doubtful.values("fingerprint"))


def _affordable(
    waiting: QuerySet[Submission], mine: QuerySet[Submission], connection: Connection
) -> QuerySet[Submission]:
    """After a 402, requests that cost more than the balance are not tried: each try counts in the hourly quota."""
    is_short = mine.filter(state=SubmissionState.BLOCKED, blocked_for__isnull=False).exists()
    reading = latest(connection.pk) if is_short else None
    return waiting.filter(jobs__estimate__lte=reading.credits) if reading else waiting


def _moved(waiting: QuerySet[Submission], most: int) -> list[QueuedRequest]:
    moved = waiting.filter(first_at__isnull=False).order_by("-first_at", "-pk")
    return [QueuedRequest(*row) for row in moved.values_list("pk", "owner", "first_at")[:most]]


def _heads(
    connection: Connection, waiting: QuerySet[Submission]
) -> tuple[list[QueuedRequest], dict[int, int]]:
    """The oldest request of each person, and their turns: one index lookup per person, however many requests wait."""
    theirs = {"owner": OuterRef("pk")}
    oldest = waiting.filter(**theirs).order_by("pk").values("pk")[:1]
    turn = Turn.objects.filter(connection=connection, **theirs).values("number")
    people = Member.objects.order_by().values_list("pk", Subquery(oldest), Subquery(turn))
    found = [(owner, pk, number) for owner, pk, number in people if pk]
    queued = [QueuedRequest(pk, owner) for owner, pk, _ in found]
    return queued, {owner: number or 0 for owner, _, number in found}


def _first_of_each(waiting: QuerySet[Submission], most: int) -> list[QueuedRequest]:
    """The first ``most`` of each person: nobody has more among the first ``most`` of all."""
    place = Window(RowNumber(), partition_by=F("owner"), order_by=F("pk").asc())
    found = waiting.filter(first_at=None).annotate(place=place).filter(place__lte=most)
    return [QueuedRequest(*row) for row in found.values_list("pk", "owner")]
