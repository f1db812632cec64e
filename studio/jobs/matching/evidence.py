"""The evidence for requests in doubt, for a person to judge. The number of queries does not grow with the requests."""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from studio.contract.answers import JobReport
from studio.credits.models import BalanceReading
from studio.jobs.history_redaction import rows_that_may_reveal
from studio.jobs.matching.lost_requests import HISTORY_ROWS, Candidate, Doubt, rows_near
from studio.jobs.models import HistoryRecord, Job, Submission
from studio.jobs.states import SubmissionState
from studio.team.models import Member

MOST_UNREADABLE = 500


@dataclass(frozen=True, slots=True)
class HistoryReach:
    """What a studio's history can prove about a request. Times are of our clock.

    ``read_at``: None if it was not read since the answer was lost. ``back_to``: the oldest row of one reading; None
    if it has none. ``unreadable``: unreadable rows that appeared since the request was sent.
    """

    read_at: datetime | None
    back_to: datetime | None
    covers: bool
    unreadable: int


@dataclass(frozen=True, slots=True)
class Case:
    """One job whose request is in doubt. ``twins``: equal requests that wait until it is settled."""

    job: Job
    doubt: Doubt
    reach: HistoryReach
    twins: int


def cases(jobs: Sequence[Job], viewer: Member) -> list[Case]:
    """A case for each of ``jobs`` whose submission is in doubt, in order, as ``viewer`` may see it."""
    read = Submission.objects.filter(pk__in=[job.submission_id for job in jobs]).select_related("connection")
    submissions = {submission.pk: submission for submission in read}
    doubts = {pk: Doubt(submission) for pk, submission in submissions.items()}
    reaches: dict[int, HistoryReach] = {}
    for mine in _by_connection(doubts.values()):
        rows = rows_near(mine)
        revealing = rows_that_may_reveal([record for record, _ in rows], Job.objects.hidden_from(viewer))
        hidden = {record.pk for record in revealing}
        for doubt in mine:
            doubt.candidates = doubt.compared_with(rows)
            doubt.candidates = [_as_seen(candidate, hidden) for candidate in doubt.shown]
        reaches |= _reaches(mine)
    _read_balances(doubts)
    twins = _twins(submissions.values())
    return [
        Case(job, doubts[pk], reaches[pk], twins[submissions[pk].connection_id, submissions[pk].fingerprint])
        for job in jobs
        if (pk := job.submission_id) in doubts
    ]


def _as_seen(candidate: Candidate, hidden: Set[int]) -> Candidate:
    return _without_words(candidate) if candidate.record.pk in hidden else candidate


def _without_words(candidate: Candidate) -> Candidate:
    """A row that may be someone else's private clip: only its id, state, model and time remain."""
    candidate.record.hide()
    full = candidate.report
    report = JobReport(full.job_id, full.state, model_slug=full.model_slug, created_at=full.created_at)
    return replace(candidate, report=report)


def _by_connection(doubts: Iterable[Doubt]) -> Iterable[list[Doubt]]:
    found: dict[int, list[Doubt]] = {}
    for doubt in doubts:
        found.setdefault(doubt.submission.connection_id, []).append(doubt)
    return found.values()


def _reaches(doubts: Sequence[Doubt]) -> dict[int, HistoryReach]:
    """Submission id → reach, for requests of one connection."""
    mine = HistoryRecord.objects.filter(connection=doubts[0].submission.connection_id)
    newest = mine.filter(unreadable_reason="").order_by("-made_at", "-id").values_list("made_at", flat=True)
    oldest = min(newest[:HISTORY_ROWS], default=None)
    back_to = oldest - doubts[0].skew if oldest else None
    unnamed = mine.filter(~Q(unreadable_reason=""), job=None, seen_at__gt=min(d.sent_at for d in doubts))
    seen = list(unnamed.values_list("seen_at", flat=True)[:MOST_UNREADABLE])
    return {
        doubt.submission.pk: HistoryReach(
            read_at=doubt.history_read_at,
            back_to=back_to,
            covers=back_to is not None and back_to <= doubt.sent_at,
            unreadable=sum(moment > doubt.sent_at for moment in seen),
        )
        for doubt in doubts
    }


def _read_balances(doubts: dict[int, Doubt]) -> None:
    """The first balance reading after each answer was lost; see Doubt.balance_after."""
    later = BalanceReading.objects.filter(
        connection=OuterRef("connection"), confirmed_at__gt=OuterRef("lost_at")
    ).order_by("pk")
    found = Submission.objects.filter(pk__in=doubts).annotate(reading=Subquery(later.values("pk")[:1]))
    after = dict(found.values_list("pk", "reading"))
    readings = BalanceReading.objects.in_bulk([pk for pk in after.values() if pk])
    for submission_id, doubt in doubts.items():
        doubt.balance_after = readings.get(after[submission_id] or 0)


def _twins(submissions: Iterable[Submission]) -> Counter[tuple[int, str]]:
    prints = {submission.fingerprint for submission in submissions}
    waiting = Submission.objects.filter(state=SubmissionState.QUEUED, fingerprint__in=prints)
    return Counter(waiting.values_list("connection_id", "fingerprint"))
