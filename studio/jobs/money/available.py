"""What is left to spend at a studio: its reported balance, less what the report cannot include yet."""

from collections.abc import Iterator
from datetime import datetime

from studio.catalog.models import Connection
from studio.credits.balance import latest
from studio.credits.models import BalanceReading
from studio.jobs.models import Job, JobQuerySet
from studio.jobs.states import WATCHED, JobState

LATEST = 20  # completed jobs that are checked: any reading includes older ones


def available_credits(connection: Connection) -> int | None:
    """The upstream's balance less what is under way or may not be in that reading; None if unknown."""
    reading = latest(connection.pk)
    if reading is None:
        return None
    jobs = Job.objects.filter(connection=connection, estimate__isnull=False)
    waiting = jobs.unsent().values_list("estimate", flat=True)
    return reading.credits - sum(estimate or 0 for estimate in waiting) - sum(_not_surely_in(reading, jobs))


def _not_surely_in(reading: BalanceReading, jobs: JobQuerySet) -> Iterator[int]:
    """The estimates of clips accepted after the reading, or while it was requested: the studio may have read the
    balance before it charged them.
    """
    made = jobs.filter(state=JobState.COMPLETED).order_by("-id")[:LATEST]
    facts = ("estimate", "accepted_at", "submission__sent_at", "submission__balance_before")
    for found in (jobs.filter(state__in=(*WATCHED, JobState.ATTENTION)), made):
        for estimate, accepted_at, sent_at, before in found.values_list(*facts):
            if accepted_at is None:
                continue
            crossed = sent_at and (before is None or reading.credits >= before)
            if accepted_at > reading.confirmed_at or (crossed and _is_between(reading, sent_at, accepted_at)):
                yield estimate


def _is_between(reading: BalanceReading, sent_at: datetime, accepted_at: datetime) -> bool:
    """The reading was requested while the request was under way, and no later reading has the same balance."""
    asked_at = reading.asked_at
    if asked_at is None:
        return False
    return sent_at < asked_at < accepted_at and (reading.confirmed_asked_at or asked_at) < accepted_at
