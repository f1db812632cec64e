"""A change of the balance that no clip explains: somebody topped up, or the studio took what it does not tell."""

from datetime import datetime, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from studio.catalog.models import Connection
from studio.credits.models import BalanceReading
from studio.jobs.models import HistoryRecord, Job, Submission
from studio.jobs.states import DOUBTFUL

WINDOW = timedelta(hours=24)


def unexplained(connection: Connection) -> int | None:
    """Credits that came (negative: went) within WINDOW, beyond what clips cost; None while that cannot be told.

    It cannot while a request is in doubt or a price is open. A reading may be a moment older than the clips
    beside it, so a difference counts only once the studio has told it twice.
    """
    told = BalanceReading.objects.filter(connection=connection, confirmed_at__gt=timezone.now() - WINDOW)
    first, newest = told.last(), list(told[:2])
    if first is None or Submission.objects.filter(connection=connection, state__in=DOUBTFUL).exists():
        return None
    gaps = [_gap(connection, first, reading) for reading in newest if reading != first]
    if not gaps or None in gaps:
        return None
    is_told_twice = newest[0].confirmed_at > newest[0].at or len(set(gaps)) < len(gaps)
    return gaps[0] if is_told_twice else 0


def _gap(connection: Connection, first: BalanceReading, later: BalanceReading) -> int | None:
    spent = _spent_here(connection, first.at, later.confirmed_at)
    elsewhere = _spent_elsewhere(connection, first.at, later.confirmed_at)
    return None if spent is None or elsewhere is None else later.credits - first.credits + spent + elsewhere


def _spent_here(connection: Connection, since: datetime, until: datetime) -> int | None:
    """Paid when the studio took it, paid back when it failed."""
    jobs = Job.objects.filter(connection=connection).annotate(cost=Coalesce("charged", "estimate"))
    taken = jobs.filter(accepted_at__gt=since, accepted_at__lte=until)
    returned = jobs.filter(refunded=True, finished_at__gt=since, finished_at__lte=until)
    if taken.filter(cost=None).exists():
        return None
    return _sum(taken, "cost") - _sum(returned, "cost")


def _spent_elsewhere(connection: Connection, since: datetime, until: datetime) -> int | None:
    skew = timedelta(seconds=connection.clock_skew or 0)
    ours = Job.objects.filter(connection=connection, upstream_id__isnull=False).values("upstream_id")
    made = HistoryRecord.objects.filter(
        connection=connection, refunded=False, made_at__gt=since + skew, made_at__lte=until + skew
    ).exclude(upstream_id__in=ours)
    return None if made.filter(charged=None).exists() else _sum(made, "charged")


def _sum(rows: QuerySet, figure: str) -> int:
    return rows.aggregate(total=Sum(figure))["total"] or 0
