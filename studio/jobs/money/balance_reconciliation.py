"""Compares a connection's balance, reading by reading, with what its clips cost.

Between two readings the balance moves by what the studio charged for our clips and refunded, and by what its history
shows as made elsewhere. Anything else is a Difference. While a request may have been charged and we do not know it,
nothing after it is judged. Everything is judged again as long as it can still change, so facts that arrive later can
explain an earlier difference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from studio.catalog.models import Connection
from studio.credits import differences
from studio.credits.balance_matching import Gap, Movement, Point, Step, Verdict, gaps, walk
from studio.credits.models import BalanceReading, Difference, Entry
from studio.jobs.models import HistoryRecord, Job, Revision, Submission
from studio.jobs.states import DOUBTFUL, WATCHED, JobState, SubmissionState

LOOKED_BACK = timedelta(days=3)  # older readings were judged, and their verdict is final
LOOKED_BACK_OPEN = timedelta(days=14)  # for an open difference, which may still be explained
MARGIN = timedelta(minutes=10)  # a movement that is reported this late still counts
SLOWEST = timedelta(minutes=1)  # from a lost answer until the studio accepted the clip, at most
CLOCKS = timedelta(seconds=5)  # remaining difference of two clocks after the correction
UNDATED = timedelta(minutes=3)  # a row without a time was made between two readings of the history
REFUNDED_WITHIN = timedelta(hours=1)  # for a clip made elsewhere, whose time of refund is unknown
CHARGED_WITHIN = timedelta(days=1)  # a charge that is not reported by then counts as none
MOST_ANCHORS = 20
MOST_NAMED = 3
MOST_SHOWN = 8
GOOD = (Verdict.FIRST, Verdict.AGREES, Verdict.DIFFERS)

# By connection: the signature of what this process judged last.
_seen: dict[int, tuple[Any, ...]] = {}


def reconcile_balance(connection: Connection) -> None:
    """Judge what is new. Safe to run in parallel with other workers, and to repeat."""
    signature = _signature(connection)
    if _seen.get(connection.pk) == signature:
        return
    found = judge(connection)
    if found and not found.is_written():
        with transaction.atomic():
            # The first lock of all, as in mirror_history.
            Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
            if found := judge(connection):
                found.write()
    _seen[connection.pk] = signature


def _signature(connection: Connection) -> tuple[Any, ...]:
    """Changes whenever something changes that a judgment depends on; once a minute, too."""
    newest = BalanceReading.objects.filter(connection=connection).values_list("pk", "confirmed_at").first()
    read_at = Connection.objects.filter(pk=connection.pk).values_list("history_read_at", flat=True).first()
    return (
        newest,
        read_at,
        connection.reports_fractions,
        Revision.current(),
        timezone.now().replace(second=0, microsecond=0),
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """``steps`` go from a certain reading up to the last that can be judged."""

    connection: Connection
    steps: list[Step]
    movements: list[Movement]

    @property
    def gaps(self) -> list[Gap]:
        return list(gaps(self.steps))

    def current(self) -> list[Difference]:
        """The known differences within these steps, where all charges are reported."""
        judged = [step for step in self.steps if step.verdict in (*GOOD, Verdict.UNREPORTED)]
        if not judged:
            return []
        first, last = judged[0].point.at, judged[-1].point.at
        mine = Difference.objects.current().filter(connection=self.connection)
        known = mine.filter(from_at__gte=first, until_at__lte=last).order_by("pk")
        unreported = [step for step in judged if step.verdict == Verdict.UNREPORTED]
        return [each for each in known if not any(_overlaps(each, step) for step in unreported)]

    def is_written(self) -> bool:
        return differences.agrees(self.current(), self.gaps) and not self._to_note()

    def write(self) -> None:
        for reading_id, (verdict, expected) in self._to_note().items():
            BalanceReading.objects.filter(pk=reading_id).update(verdict=verdict, expected=expected)
        differences.settle(self.current(), self.gaps, self.connection.pk, self._explain)

    def _to_note(self) -> dict[int, tuple[str, int | None]]:
        """Readings whose verdict changed. The first step is the anchor: earlier readings have judged it."""
        notes: dict[int, tuple[str, int | None]] = {}
        for step in self.steps:
            if not step.point.is_repeated:
                notes[step.point.reading_id] = (step.verdict.value, step.expected)
        known = BalanceReading.objects.filter(pk__in=notes).values_list("pk", "verdict", "expected")
        for reading_id, verdict, expected in known:
            is_anchor = reading_id == self.steps[0].point.reading_id and verdict in GOOD
            if is_anchor or notes[reading_id] == (verdict, expected):
                del notes[reading_id]
        return notes

    def _explain(self, difference: Difference) -> str:
        """The facts of its time that became known after the difference was noticed."""
        late = [
            movement.words
            for movement in self.movements
            if movement.known_at > difference.noticed_at
            and movement.earliest <= difference.until_at
            and movement.latest >= difference.from_at
        ]
        named = "; ".join(late[:MOST_NAMED])
        return f"{named[:1].upper()}{named[1:]}." if named else "The readings around it agree again."


def _overlaps(difference: Difference, step: Step) -> bool:
    since = step.base.at if step.base else step.point.at
    return difference.from_at < step.point.at and difference.until_at > since


def judge(connection: Connection) -> Judgement | None:
    """None if there is nothing to compare. Readings are read first, so that all they contain is known afterwards."""
    readings = _readings(connection)
    if not readings:
        return None
    end = first_doubt(connection)
    points = [
        point for point in _points(readings, connection.reports_fractions) if end is None or point.at < end
    ]
    since = readings[0].at - MARGIN
    movements = [*_of_ledger(connection, since), *_unreported(connection), *_elsewhere(connection, since)]
    return Judgement(connection, walk(_from_anchor(points, readings, movements), movements), movements)


def _readings(connection: Connection) -> list[BalanceReading]:
    """From a few that were judged long ago up to the newest."""
    mine = BalanceReading.objects.filter(connection=connection)
    old = mine.filter(verdict__in=GOOD, confirmed_at__lt=_horizon(connection))
    anchors = list(old.order_by("-pk").values_list("pk", flat=True)[:MOST_ANCHORS])
    recent = Q(pk__gte=anchors[-1]) if anchors else Q(confirmed_at__gt=timezone.now() - LOOKED_BACK_OPEN)
    return list(mine.filter(recent).order_by("pk"))


def _horizon(connection: Connection) -> datetime:
    now = timezone.now()
    open_ones = Difference.objects.open().filter(connection=connection)
    oldest = open_ones.filter(from_at__gt=now - LOOKED_BACK_OPEN).order_by("from_at").first()
    return min(now - LOOKED_BACK, oldest.from_at) if oldest else now - LOOKED_BACK


def _points(readings: Iterable[BalanceReading], is_rounded: bool) -> Iterator[Point]:
    for reading in readings:
        asked_at = reading.asked_at or reading.at
        yield Point(reading.pk, reading.credits, asked_at, reading.at, is_rounded=is_rounded)
        if reading.confirmed_at > reading.at:
            asked_at = reading.confirmed_asked_at or reading.confirmed_at
            yield Point(
                reading.pk,
                reading.credits,
                asked_at,
                reading.confirmed_at,
                is_repeated=True,
                is_rounded=is_rounded,
            )


def _from_anchor(
    points: list[Point], readings: list[BalanceReading], movements: Iterable[Movement]
) -> list[Point]:
    """Start with the newest reading that was judged long ago while nothing was under way."""
    horizon = _horizon(readings[0].connection)
    judged = {
        reading.pk for reading in readings if reading.verdict in GOOD and reading.confirmed_at < horizon
    }
    known = list(movements)
    for number in range(len(points) - 1, -1, -1):
        point = points[number]
        begun = (movement for movement in known if movement.earliest <= point.at)
        if point.reading_id in judged and all(point.contains(movement) for movement in begun):
            return points[number:]
    return points


def first_doubt(connection: Connection) -> datetime | None:
    """When the oldest request was sent that may have been charged without our knowing."""
    unknown = (*DOUBTFUL, SubmissionState.SENDING)
    doubts = Submission.objects.filter(connection=connection, state__in=unknown)
    return doubts.order_by("sent_at").values_list("sent_at", flat=True).first()


# ── What moved the balance ──────────────────────────────────────────────────────────────────────────────
def _of_ledger(connection: Connection, since: datetime) -> Iterator[Movement]:
    """The bookings for clips, each at the time the studio charged or refunded it, as far as that is known."""
    booked = Entry.objects.filter(
        connection=connection, kind__in=(Entry.Kind.CHARGE, Entry.Kind.REFUND), at__gte=since
    )
    jobs = Job.objects.filter(pk__in=booked.values("job_id")).select_related("submission")
    taken = {job.pk: job for job in jobs.only("accepted_at", "submission__sent_at", "submission__lost_at")}
    for entry in booked.order_by("pk"):
        if job := taken.get(entry.job_id or 0):
            yield _movement(entry, job)


def _movement(entry: Entry, job: Job) -> Movement:
    earliest, latest, answered_at = _time_taken(job)
    is_charge = entry.kind == Entry.Kind.CHARGE
    is_first = is_charge and entry.reference == f"job:{job.pk}"
    what = ("cost" if is_first else "cost another") if is_charge else "gave back"
    return Movement(
        amount=-entry.amount if is_charge else entry.amount,
        earliest=earliest,
        latest=latest if is_first else max(entry.at, earliest),
        known_at=entry.at,
        words=f"clip {job.pk} {what} {entry.amount:,}",
        answered_at=answered_at if is_first else None,
    )


def _time_taken(job: Job) -> tuple[datetime, datetime, datetime | None]:
    """The earliest and latest time at which the studio accepted the clip, and the time of its answer.

    If the answer was lost, ``accepted_at`` may be the time at which a person recognized the clip.
    """
    submission = job.submission
    accepted_at = job.accepted_at or submission.sent_at or submission.created_at
    sent_at = min(submission.sent_at or accepted_at, accepted_at)
    if submission.lost_at:
        return sent_at, submission.lost_at + SLOWEST, accepted_at
    return sent_at, accepted_at, accepted_at


def _unreported(connection: Connection) -> Iterator[Movement]:
    """Clips that were accepted and whose charge is not known yet."""
    left = (JobState.STOPPED, JobState.ATTENTION)
    open_ones = Q(state__in=WATCHED) | Q(state__in=left, accepted_at__gt=timezone.now() - CHARGED_WITHIN)
    jobs = Job.objects.filter(open_ones, connection=connection, charged=None).exclude(accepted_at=None)
    for job in jobs.select_related("submission"):
        earliest, latest, answered_at = _time_taken(job)
        yield Movement(None, earliest, latest, latest, f"clip {job.pk}", answered_at)


def _elsewhere(connection: Connection, since: datetime) -> Iterator[Movement]:
    """Clips in the history that are not ours. A row without a charge that will never get one explains nothing."""
    ours = Job.objects.filter(connection=connection, upstream_id__isnull=False).values("upstream_id")
    skew = timedelta(seconds=connection.clock_skew or 0)
    made = HistoryRecord.objects.filter(connection=connection, made_at__gte=since + skew - MARGIN)
    for row in made.exclude(upstream_id__in=ours).order_by("made_at"):
        yield from _made_elsewhere(row, skew)


def _made_elsewhere(row: HistoryRecord, skew: timedelta) -> Iterator[Movement]:
    earliest, latest = _time_made(row, skew)
    words = f"a clip made elsewhere cost {row.charged or 0:,}"
    if row.charged is None:
        if not row.unreadable_reason and row.state not in ("completed", "failed") and _is_young(row):
            yield Movement(None, earliest, latest, row.seen_at, "a clip made elsewhere")
        return
    yield Movement(-row.charged, earliest, latest, row.seen_at, words)
    if row.refunded:
        returned = min(latest + REFUNDED_WITHIN, max(timezone.now(), latest))
        amount = row.charged if row.refund is None else row.refund
        yield Movement(amount, earliest, returned, returned, f"{words} and got {amount:,} back")


def _is_young(row: HistoryRecord) -> bool:
    return row.seen_at > timezone.now() - CHARGED_WITHIN


def _time_made(row: HistoryRecord, skew: timedelta) -> tuple[datetime, datetime]:
    """The earliest and latest time, by our clock. A row without a time was dated by its first reading."""
    if abs(row.made_at - row.seen_at) < timedelta(seconds=0.1):
        return row.made_at - UNDATED, row.seen_at
    latest = min(row.made_at - skew + CLOCKS, row.seen_at)
    return min(row.made_at - skew - CLOCKS, latest), latest


# ── What a person sees with a difference ────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class UnderWay:
    """What happened between the two readings."""

    jobs: list[Job]
    elsewhere: list[HistoryRecord]

    def __bool__(self) -> bool:
        return bool(self.jobs or self.elsewhere)


def under_way(difference: Difference) -> UnderWay:
    """Clips that were sent or in progress at that time, and what the history shows from it that is not ours."""
    since, until = difference.from_at, difference.until_at
    days = (timezone.localdate(since) - timedelta(days=1), timezone.localdate(until))
    asked = Job.objects.filter(connection=difference.connection_id, asked_on__range=days)
    jobs = asked.filter(submission__sent_at__lte=until).exclude(finished_at__lt=since).order_by("-id")
    skew = timedelta(seconds=difference.connection.clock_skew or 0)
    made = HistoryRecord.objects.filter(
        connection=difference.connection_id,
        job=None,
        unreadable_reason="",
        made_at__range=(since + skew, until + skew),
    )
    return UnderWay(list(jobs[:MOST_SHOWN]), list(made.order_by("-made_at")[:MOST_SHOWN]))
