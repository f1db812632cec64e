"""``manage.py status``: workers, queues and connections for an admin's shell. Exit code 1 if no worker is alive."""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count
from django.utils import timezone

from studio.catalog.models import Connection
from studio.credits.balance import latest
from studio.jobs.models import Job, Submission
from studio.jobs.states import ENDED, JobState
from studio.worker.models import Heartbeat


class Command(BaseCommand):
    help = "Show workers and their loops, waiting jobs, and connections."

    def handle(self, **options: Any) -> None:
        for title, lines in (("Workers", workers()), ("Jobs", queue()), ("Connections", connections())):
            print(title)
            for line in lines:
                print(f"  {line}")
        if not Heartbeat.is_anyone_alive():
            sys.exit(1)


def workers() -> Iterator[str]:
    beats = Heartbeat.objects.order_by("-at")
    if not beats:
        yield "No worker has ever run."
    for beat in beats:
        age = (timezone.now() - beat.at).total_seconds()
        yield f"{beat.name}, last seen {age:.0f} s ago{' (gone)' if beat.is_silent else ''}"
        for name, loop in beat.loops.items():
            yield f"  {name:10} {_of_loop(loop)}"


def _of_loop(loop: dict[str, Any]) -> str:
    health = f"last success {loop['well']:.0f} s before"
    if loop["busy"] is not None:
        health = f"in a step for {loop['busy']:.0f} s, {health}"
    return f"{health}, {loop['steps']:,} steps" + (f", failing: {loop['error']}" if loop["error"] else "")


def queue() -> Iterator[str]:
    """Counts open jobs only: there may be a million others."""
    open_jobs = Job.objects.exclude(state__in=ENDED).values_list("state").annotate(Count("pk"))
    counts = Counter(dict(open_jobs.order_by()))
    copying = Job.objects.filter(archive_after__isnull=False).count()
    for state in JobState:
        if counts[state]:
            yield f"{state.label}: {counts[state]:,}"
    if copying:
        yield f"Ready, files still being copied: {copying:,}"
    if not counts and not copying:
        yield "No jobs in progress."


def connections() -> Iterator[str]:
    for connection in Connection.objects.order_by("-is_default", "pk"):
        since = timezone.localtime(connection.state_since)
        reason = f": {connection.state_reason}" if connection.state_reason else ""
        yield f"{connection} ({connection.get_state_display().lower()} since {since:%Y-%m-%d %H:%M}{reason})"
        hour = timezone.now() - timedelta(hours=1)
        sent = Submission.objects.filter(connection=connection, sent_at__gt=hour).count()
        reading = latest(connection.pk)
        balance = f"{reading.credits:,} credits" if reading else "balance unknown"
        yield f"  {balance}, {sent} requests in the last hour"
