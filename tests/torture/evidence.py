"""What is left when all is over, gathered for the judge; and how long each kill took to be mended."""

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.db.models import Sum

from studio.credits.models import Entry
from studio.jobs.models import Event, Job
from tests.torture.judge import Paid, World, Written
from tests.torture.vendor import VendorAccount


def gather(asked: Mapping[str, int], account: VendorAccount) -> World:
    credits = {kind: _sum(kind) for kind in Entry.Kind}
    return World(
        asked=asked,
        paid=[Paid(job.job_id, job.body.get("prompt", "")) for job in account.paid_for_us()],
        written=_written(),
        credits_in_ledger=credits[Entry.Kind.CHARGE] - credits[Entry.Kind.REFUND],
        credits_upstream=account.delta(),
        credits_held=credits[Entry.Kind.HOLD] - credits[Entry.Kind.RELEASE],
        broken_files=sum(map(_is_broken, Job.objects.filter(archive="stored"))),
    )


def _sum(kind: str) -> int:
    return Entry.objects.filter(kind=kind).aggregate(total=Sum("amount"))["total"] or 0


def _written() -> list[Written]:
    told: dict[int, list[str]] = defaultdict(list)
    for job_id, what in Event.objects.order_by("pk").values_list("job_id", "what"):
        told[job_id].append(what)
    rows = Job.objects.values_list("pk", "upstream_id", "prompt", "state")
    return [Written(upstream_id, prompt, state, told[pk]) for pk, upstream_id, prompt, state in rows]


def _is_broken(job: Job) -> bool:
    """A stored clip is named by its content, and its size is written down."""
    path = Path(settings.MEDIA_ROOT) / job.clip
    if not path.is_file() or path.stat().st_size != job.size:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != path.stem


def recoveries(
    kills: Sequence[datetime], forgotten: Sequence[tuple[datetime, datetime]] = ()
) -> tuple[list[float], int]:
    """Seconds from a kill to the reaping of the request that it cut off; and reapings that no kill explains.

    ``forgotten``: from a backup to its restore. What the backup calls sending is reaped after that.
    """
    seconds, unexplained = [], 0
    for claimed_at, reaped_at in _reapings():
        if any(claimed_at <= until and since <= reaped_at for since, until in forgotten):
            continue
        first = bisect_right(kills, claimed_at)
        if first < len(kills) and kills[first] < reaped_at:
            seconds.append((reaped_at - kills[first]).total_seconds())
        else:
            unexplained += 1
    return seconds, unexplained


def _reapings() -> list[tuple[datetime, datetime]]:
    """When each request was claimed whose worker was gone before the answer, and when that was noticed."""
    told: dict[int, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(what__in=("sending", "unknown")).order_by("pk"):
        told[event.job_id].append(event)
    return [
        (claimed.at, lost.at)
        for events in told.values()
        for claimed, lost in pairwise(events)
        if claimed.what == "sending" and lost.what == "unknown" and REAPED in lost.detail
    ]


REAPED = "worker stopped"  # from the sentence of studio.jobs.dispatch.sending.reap
