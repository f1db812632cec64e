"""What became of a request whose answer was lost: proven by the studio's history, or asked of a person.

A lost request is linked when exactly one row of the history fits it: no other job has the row, model and prompt
are the same, nothing that the row tells contradicts, it was made while the request was on its way, and it fits
no other lost request. "Absent" is never concluded: a history may be cut, late or broken, so a request for which
nothing fits goes to a person, with the evidence.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils import timezone

from studio.catalog.models import Connection
from studio.contract.answers import Accepted, JobReport
from studio.contract.decode import decode_row
from studio.contract.matching import contradicts, is_same_request, same_prompt
from studio.credits.models import BalanceReading
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import HistoryRecord, Job, Submission
from studio.jobs.states import DOUBTFUL, SubmissionState

# A row that our request made may show with some delay; before that, "exactly one" means nothing.
LINK_AFTER = timedelta(seconds=settings.RECONCILE_LINK_AFTER)
ASK_AFTER = timedelta(seconds=settings.RECONCILE_ASK_AFTER)
# While the history cannot be read at all there is nothing to show anybody; but not for ever.
ASK_UNREAD_AFTER = ASK_AFTER * 8
# The Date header counts whole seconds, and a slow upstream makes its row after we hung up.
EARLY, LATE = timedelta(seconds=3), timedelta(seconds=10)
NEARBY = timedelta(minutes=90)  # rows that a person is shown, also when a clock was set by an hour since
HISTORY_ROWS = 100  # rows of the history that are read at a time
MOST_COMPARED = 200  # rows for one request
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the history beside a lost request. ``offset``: made that long after the request left, our clock."""

    record: HistoryRecord
    told: JobReport
    offset: timedelta | None  # None where the row tells no time
    same_model: bool
    same_prompt: bool
    fits: bool


class Doubt:
    """One lost request, and what the mirrored history says about it."""

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.request = submission.generate_request
        self.skew = timedelta(seconds=submission.connection.clock_skew or 0)

    @property
    def sent_at(self) -> datetime:
        return self.submission.sent_at or self.submission.created_at

    @property
    def lost_at(self) -> datetime:
        return self.submission.lost_at or self.sent_at

    @property
    def taken_by(self) -> datetime:
        """When the studio can have taken it at the latest, give or take its slowness. A worker that was killed left
        early, but a studio goes on with what it has read."""
        return max(self.lost_at, self.submission.lease_until or self.lost_at)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Rows made nearby that no job of ours has; those that fit first, then the nearest in time."""
        return self.compared_with(rows_near([self]))

    @property
    def window(self) -> tuple[datetime, datetime]:
        """What is nearby, by the studio's clock."""
        return self.sent_at + self.skew - NEARBY, self.lost_at + self.skew + NEARBY

    def compared_with(self, rows: Iterable[tuple[HistoryRecord, JobReport]]) -> list[Candidate]:
        first, last = self.window
        near = [(record, told) for record, told in rows if first <= record.made_at <= last]
        return sorted((self._beside(record, told) for record, told in near), key=_likeness)

    @property
    def fitting(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.fits]

    @property
    def shown(self) -> list[Candidate]:
        """What can be it at all, for a person to choose from."""
        possible = [c for c in self.candidates if c.fits or not contradicts(self.request, c.told)]
        return possible[:MOST_SHOWN]

    def _beside(self, record: HistoryRecord, told: JobReport) -> Candidate:
        offset = told.created_at - self.skew - self.sent_at if told.created_at else None
        return Candidate(
            record=record,
            told=told,
            offset=offset,
            same_model=told.model_slug == self.request.model_slug,
            same_prompt=same_prompt(self.request, told),
            fits=self._in_time(record, offset) and is_same_request(self.request, told),
        )

    def _in_time(self, record: HistoryRecord, offset: timedelta | None) -> bool:
        """Made while the request was on its way; a row that we had seen before it left is not its."""
        if offset is None or record.seen_at < self.sent_at:
            return False
        return -EARLY <= offset <= self.taken_by - self.sent_at + LATE

    # ── What else a person is shown ──
    @property
    def history_read_at(self) -> datetime | None:
        """The newest reading of the history; None when there was none since the answer was lost."""
        read_at = self.submission.connection.history_read_at
        return read_at if read_at and read_at > self.lost_at else None

    @cached_property
    def doubted_at(self) -> datetime:
        """When the doubt began: of a request that a restored backup has forgotten, long after it can have been sent."""
        if self.submission.doubt_from is None:
            return self.lost_at
        return max(self.lost_at, self.submission.jobs.earliest("pk").state_since)

    @property
    def asks_at(self) -> datetime:
        """When a person is asked, if nothing was found by then."""
        return self.doubted_at + ASK_AFTER

    @property
    def asks_unread_at(self) -> datetime:
        """When a person is asked even if the history could not be read by then."""
        return self.doubted_at + ASK_UNREAD_AFTER

    @cached_property
    def balance_after(self) -> BalanceReading | None:
        """The first reading after the answer was lost."""
        readings = BalanceReading.objects.filter(connection=self.submission.connection_id)
        return readings.filter(confirmed_at__gt=self.lost_at).order_by("pk").first()

    @property
    def balance_fell_by(self) -> int | None:
        before, after = self.submission.balance_before, self.balance_after
        return before - after.credits if before is not None and after else None


def rows_near(doubts: Sequence[Doubt]) -> list[tuple[HistoryRecord, JobReport]]:
    """Of one connection: the rows nearby any of these requests that no job of ours has, decoded; newest first."""
    connection_id = doubts[0].submission.connection_id
    nearby = Q()
    for window in {doubt.window for doubt in doubts}:
        nearby |= Q(made_at__range=window)
    mine = HistoryRecord.objects.filter(nearby, connection=connection_id, job=None, unreadable_reason="")
    free = mine.exclude(upstream_id__in=_taken(connection_id)).order_by("-made_at")
    rows = free[: MOST_COMPARED * len(doubts)]
    origin = doubts[0].submission.connection.base_url
    return [(record, decode_row(record.upstream_id, record.raw, origin)) for record in rows]


def _likeness(candidate: Candidate) -> tuple[bool, bool, bool, float]:
    """Sorts the likeliest first."""
    distance = abs(candidate.offset.total_seconds()) if candidate.offset is not None else float("inf")
    return not candidate.fits, not candidate.same_prompt, not candidate.same_model, distance


def _taken(connection_id: int) -> QuerySet[Job, Any]:
    """Numbers of jobs that we have: a row's own link is only set when the history is read again."""
    return Job.objects.filter(connection=connection_id, upstream_id__isnull=False).values_list(
        "upstream_id", flat=True
    )


def match_lost_requests(connection: Connection) -> int:
    """Settle what can be settled by the history as it was last read. Returns how many requests moved."""
    lost = Submission.objects.filter(connection=connection, state__in=DOUBTFUL).order_by("id")
    doubts = [Doubt(submission) for submission in lost.select_related("connection")]
    claims = Counter(c.record.pk for doubt in doubts for c in doubt.fitting)
    moved = 0
    for doubt in doubts:
        fitting = doubt.fitting
        if len(fitting) == 1 and claims[fitting[0].record.pk] == 1:
            moved += _link(doubt, fitting[0])
        else:
            moved += _ask(doubt)
    return moved


def _link(doubt: Doubt, found: Candidate) -> bool:
    read_at = doubt.history_read_at
    if read_at is None or read_at < doubt.lost_at + LINK_AFTER:
        return False
    upstream_id = found.record.upstream_id
    detail = f"Its answer was lost. The studio's history shows it as {upstream_id}."
    made_at = doubt.sent_at + max(found.offset or timedelta(0), timedelta(0))  # hours later, after a restore
    try:
        machine.accept(doubt.submission, Accepted((upstream_id,)), detail, at=made_at)
    except (Moved, IntegrityError):
        return False
    for job in doubt.submission.jobs.all():
        machine.report(job, found.told)
    return True


def _ask(doubt: Doubt) -> bool:
    if doubt.submission.state != SubmissionState.UNKNOWN:
        return False
    read_at, now = doubt.history_read_at, timezone.now()
    if not (read_at and read_at > doubt.asks_at) and now < doubt.asks_unread_at:
        return False
    try:
        machine.ask_a_person(doubt.submission, _question(doubt))
    except Moved:
        return False
    return True


def _question(doubt: Doubt) -> str:
    """One sentence on why a person is asked."""
    if doubt.history_read_at is None:
        return "The answer was lost, and the studio's history could not be read since."
    if len(doubt.fitting) > 1:
        return (
            f"The answer was lost, and {len(doubt.fitting)} clips in the studio's history could be this one."
        )
    if doubt.fitting:
        return "The answer was lost, and a clip in the studio's history fits more than one lost request."
    return "The answer was lost, and the studio's history shows no clip that is surely this one."
