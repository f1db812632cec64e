"""Settles requests whose answer was lost: proven by the studio's history, or decided by a person.

A lost request is linked if exactly one row of the history fits it: no other job has the row, model and prompt are
equal, nothing else in the row contradicts it, it was made while the request was under way, and it fits no other lost
request. We never conclude that a request was not made: a history may be cut off, late or broken. If no row fits, a
person decides, with the evidence.
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

# Our request's row may appear with some delay. Before that, "exactly one" proves nothing.
LINK_AFTER = timedelta(seconds=settings.RECONCILE_LINK_AFTER)
ASK_AFTER = timedelta(seconds=settings.RECONCILE_ASK_AFTER)
# While the history cannot be read there is no evidence to show. After this time a person is asked anyway.
ASK_UNREAD_AFTER = ASK_AFTER * 8
# The Date header has whole seconds, and a slow upstream creates its row after we hung up.
EARLY, LATE = timedelta(seconds=3), timedelta(seconds=10)
NEARBY = timedelta(minutes=90)  # range of rows shown to a person; covers a clock that was set by an hour
HISTORY_ROWS = 100  # rows of the history per reading
MOST_COMPARED = 200  # rows for one request
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A history row compared with a lost request. ``offset``: how long after the request left it was made."""

    record: HistoryRecord
    report: JobReport
    offset: timedelta | None  # None if the row has no time
    same_model: bool
    same_prompt: bool
    fits: bool


class Doubt:
    """One lost request, and what the mirrored history shows about it."""

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
        """The latest time at which the studio can have accepted it, apart from latency. If the worker was killed, the
        studio may still go on with what it has read."""
        return max(self.lost_at, self.submission.lease_until or self.lost_at)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Rows made nearby that no job of ours has; those that fit first, then the nearest in time."""
        return self.compared_with(rows_near([self]))

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The range of times that count as nearby, by the studio's clock."""
        return self.sent_at + self.skew - NEARBY, self.lost_at + self.skew + NEARBY

    def compared_with(self, rows: Iterable[tuple[HistoryRecord, JobReport]]) -> list[Candidate]:
        first, last = self.window
        near = [(record, report) for record, report in rows if first <= record.made_at <= last]
        return sorted((self._compared(record, report) for record, report in near), key=_likeness)

    @property
    def fitting(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.fits]

    @property
    def shown(self) -> list[Candidate]:
        """The candidates that are possible at all, for a person to choose from."""
        possible = [c for c in self.candidates if c.fits or not contradicts(self.request, c.report)]
        return possible[:MOST_SHOWN]

    def _compared(self, record: HistoryRecord, report: JobReport) -> Candidate:
        offset = report.created_at - self.skew - self.sent_at if report.created_at else None
        return Candidate(
            record=record,
            report=report,
            offset=offset,
            same_model=report.model_slug == self.request.model_slug,
            same_prompt=same_prompt(self.request, report),
            fits=self._in_time(record, offset) and is_same_request(self.request, report),
        )

    def _in_time(self, record: HistoryRecord, offset: timedelta | None) -> bool:
        """Made while the request was under way, and not seen before the request left."""
        if offset is None or record.seen_at < self.sent_at:
            return False
        return -EARLY <= offset <= self.taken_by - self.sent_at + LATE

    # ── Other evidence for a person ──
    @property
    def history_read_at(self) -> datetime | None:
        """The newest reading of the history; None if there was none since the answer was lost."""
        read_at = self.submission.connection.history_read_at
        return read_at if read_at and read_at > self.lost_at else None

    @cached_property
    def doubted_at(self) -> datetime:
        """When the doubt began. For a request that a restored backup does not know, that is long after it was sent."""
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
    """The decoded rows near any of these requests of one connection that no job of ours has; newest first."""
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
    """Sort key: the most likely candidate first."""
    distance = abs(candidate.offset.total_seconds()) if candidate.offset is not None else float("inf")
    return not candidate.fits, not candidate.same_prompt, not candidate.same_model, distance


def _taken(connection_id: int) -> QuerySet[Job, Any]:
    """Ids of our jobs. A row's own link is not enough, because it is only set when the history is read again."""
    return Job.objects.filter(connection=connection_id, upstream_id__isnull=False).values_list(
        "upstream_id", flat=True
    )


def match_lost_requests(connection: Connection) -> int:
    """Settle what the last reading of the history can settle. Returns how many requests moved."""
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
        machine.report(job, found.report)
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
    """The reason for asking a person, as one sentence."""
    if doubt.history_read_at is None:
        return "The answer was lost, and the studio's history could not be read since then."
    if len(doubt.fitting) > 1:
        return (
            f"The answer was lost, and {len(doubt.fitting)} clips in the studio's history could be this one."
        )
    if doubt.fitting:
        return "The answer was lost, and a clip in the studio's history fits more than one lost request."
    return "The answer was lost, and the studio's history shows no clip that is certainly this one."
