"""Whose request is sent next: people take turns at each connection, so that nobody's hundred clips hold up one.

Of those who have something to send, the one whose last turn is longest ago comes first; who never had one, before all.
Within a person the oldest request comes first. What a manager moved first goes before everybody's, the newest such
move on top, and counts as its owner's turn, too.

A turn is taken by claiming, whatever becomes of the request: so whoever has something to send waits for one request
of each of the others at most, and a request that is put back is again the oldest of its person. ``in_turns`` is the one
definition of all that; what is sent, what is said of a clip that waits, and the board ask it.
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


class Asked(NamedTuple):
    """A request in the line, by its number. Numbers grow: the oldest of a person is the smallest."""

    pk: int
    owner: int
    first_at: datetime | None = None  # when a manager moved it first


def in_turns(asked: Iterable[Asked], turns: Mapping[int, int]) -> Iterator[Asked]:
    """All of ``asked``, in the order in which they are sent if nothing else comes in between.

    ``turns`` holds the number of each person's last turn; who has none in it had no turn.
    """
    oldest_first = sorted(asked)
    last, number = dict(turns), count(max(turns.values(), default=0) + 1)
    for one in sorted(filter(_is_moved, oldest_first), key=_newest_move_first, reverse=True):
        yield one
        last[one.owner] = next(number)
    lines: dict[int, deque[Asked]] = {}
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


def _is_moved(one: Asked) -> bool:
    return one.first_at is not None


def _newest_move_first(one: Asked) -> tuple[datetime | None, int]:
    return one.first_at, one.pk


# ── The line as it stands in the tables ─────────────────────────────────────────────────────────────────
def next_in_line(connection: Connection, now: datetime) -> Submission | None:
    """By what was moved first, else by the oldest request of each person: the rest of the line is not read."""
    waiting = sendable(connection, now)
    moved = _moved(waiting, most=1)
    asked, turns = (moved, {}) if moved else _heads(connection, waiting)
    first = next(in_turns(asked, turns), None)
    return Submission.objects.get(pk=first.pk) if first else None


def line(connection: Connection, now: datetime, most: int) -> list[int]:
    """The submissions that are sent next, in their order; at most so many of them."""
    waiting = sendable(connection, now)
    turns = dict(Turn.objects.filter(connection=connection).values_list("owner", "number"))
    asked = _moved(waiting, most) + _first_of_each(waiting, most)
    return [one.pk for one, _ in zip(in_turns(asked, turns), range(most), strict=False)]


def sendable(connection: Connection, now: datetime) -> QuerySet[Submission]:
    """What is queued, and held back by nothing of its own: no pause, no equal request in doubt, no lack of credits."""
    mine = Submission.objects.filter(connection=connection)
    waiting = mine.filter(state=SubmissionState.QUEUED).exclude(send_after__gt=now)
    return _affordable(_without_twins(waiting, mine), mine, connection)


def _without_twins(waiting: QuerySet[Submission], mine: QuerySet[Submission]) -> QuerySet[Submission]:
    """A request equal to one in doubt waits until that is settled: else nobody could tell them apart."""
    doubtful = mine.filter(state__in=DOUBTFUL)
    return waiting.exclude(fingerprint__in=doubtful.values("fingerprint"))


def _affordable(
    waiting: QuerySet[Submission], mine: QuerySet[Submission], connection: Connection
) -> QuerySet[Submission]:
    """While a 402 stands, what costs more than the balance is not tried: each try counts in the hour's budget."""
    is_short = mine.filter(state=SubmissionState.BLOCKED, blocked_for__isnull=False).exists()
    reading = latest(connection.pk) if is_short else None
    return waiting.filter(jobs__estimate__lte=reading.credits) if reading else waiting


def _moved(waiting: QuerySet[Submission], most: int) -> list[Asked]:
    moved = waiting.filter(first_at__isnull=False).order_by("-first_at", "-pk")
    return [Asked(*row) for row in moved.values_list("pk", "owner", "first_at")[:most]]


def _heads(connection: Connection, waiting: QuerySet[Submission]) -> tuple[list[Asked], dict[int, int]]:
    """The oldest request of each person, and their turns: a look into the index for each, however many wait."""
    theirs = {"owner": OuterRef("pk")}
    oldest = waiting.filter(**theirs).order_by("pk").values("pk")[:1]
    turn = Turn.objects.filter(connection=connection, **theirs).values("number")
    people = Member.objects.order_by().values_list("pk", Subquery(oldest), Subquery(turn))
    found = [(owner, pk, number) for owner, pk, number in people if pk]
    return [Asked(pk, owner) for owner, pk, _ in found], {owner: number or 0 for owner, _, number in found}


def _first_of_each(waiting: QuerySet[Submission], most: int) -> list[Asked]:
    """No person has more than ``most`` among the first ``most`` of all."""
    place = Window(RowNumber(), partition_by=F("owner"), order_by=F("pk").asc())
    found = waiting.filter(first_at=None).annotate(place=place).filter(place__lte=most)
    return [Asked(*row) for row in found.values_list("pk", "owner")]
