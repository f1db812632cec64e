"""Why a request waits, checked in the same order as ``sending.next_to_send``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.utils import timezone

from studio.catalog.models import Connection
from studio.jobs.dispatch.connection_status import (
    ConnectionStatus,
    StatusKind,
    connection_status,
)
from studio.jobs.dispatch.hourly_quota import hourly_quota
from studio.jobs.dispatch.order import line
from studio.jobs.models import Job, Submission
from studio.jobs.states import DOUBTFUL, JobState, SubmissionState

MOST_BEFORE = 200  # requests that are counted; beyond that the exact number does not matter


class Cause(StrEnum):
    CONNECTION = "connection"  # see ``status``
    TWIN = "twin"  # an equal request is in doubt: job ``twin``
    PAUSE = "pause"  # its own pause, after a failed try
    CREDITS = "credits"  # a clip is on hold for credits, and this one also costs more than is left
    TURN = "turn"  # ``before`` other requests come first


@dataclass(frozen=True, slots=True)
class Waiting:
    """``until`` is None if unknown, and so are credits."""

    cause: Cause
    until: datetime | None = None
    status: ConnectionStatus | None = None
    twin: int | None = None
    price: int | None = None
    available: int | None = None
    before: int = 0


def why_waiting(job: Job) -> Waiting | None:
    """None for a job that does not wait, or is about to be sent."""
    if job.state != JobState.QUEUED:
        return None
    return Queue(job.connection).why(job)


def why_all_wait(job_ids: Iterable[int]) -> dict[int, Waiting]:
    """Job id → reason, for those that wait: a few queries per connection, however many jobs."""
    waiting = Job.objects.filter(pk__in=list(job_ids), state=JobState.QUEUED)
    queues: dict[int, Queue] = {}
    found = {}
    for job in waiting.select_related("submission", "connection"):
        queue = queues.setdefault(job.connection_id, Queue(job.connection))
        if why := queue.why(job):
            found[job.pk] = why
    return found


class Queue:
    """What holds back the requests of one connection. Everything is read at most once, on demand."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = timezone.now()

    def why(self, job: Job) -> Waiting | None:
        submission = job.submission
        if self.status.kind not in (StatusKind.WORKING, StatusKind.SHORT):
            return Waiting(
                Cause.CONNECTION, self.status.until, self.status
            )  # the only reason shown, even if others apply, too
        if twin := self.doubtful.get(submission.fingerprint):
            return Waiting(Cause.TWIN, twin=twin)
        if submission.send_after and submission.send_after > self.now:
            return Waiting(Cause.PAUSE, submission.send_after)
        if self.status.kind is StatusKind.SHORT:
            return self._why_short(job)
        before = self.before(submission)
        return Waiting(Cause.TURN, before=before) if before else None

    def before(self, submission: Submission) -> int:
        """How many requests come first, at most MOST_BEFORE."""
        place = self.places.get(submission.pk, len(self.places))  # not in the line yet: after all that are
        return min(place + self.is_sending, MOST_BEFORE)

    def _why_short(self, job: Job) -> Waiting | None:
        """After a 402, only requests that the balance covers are sent, within the usual limits."""
        left = self.status.available
        if left is not None and (job.estimate is None or job.estimate > left):
            return Waiting(Cause.CREDITS, price=job.estimate, available=left)
        if limit := self.limit:
            return Waiting(Cause.CONNECTION, limit.until, limit)
        return None

    @cached_property
    def status(self) -> ConnectionStatus:
        return connection_status(self.connection, self.now)

    @cached_property
    def limit(self) -> ConnectionStatus | None:
        until = self.connection.send_after
        if until and until > self.now:
            return ConnectionStatus(StatusKind.LIMITED, until=until)
        quota = hourly_quota(self.connection, self.now)
        if quota and quota.free_at:
            return ConnectionStatus(StatusKind.SPENT, until=quota.free_at, allowed=quota.allowed)
        return None

    @cached_property
    def doubtful(self) -> dict[str, int]:
        """Fingerprint → the job of the request in doubt."""
        in_doubt = Submission.objects.filter(connection=self.connection, state__in=DOUBTFUL)
        return dict(in_doubt.values_list("fingerprint", "jobs"))

    @cached_property
    def places(self) -> dict[int, int]:
        """Submission → how many come before it. A request that is held back itself does not hold up others."""
        return {pk: place for place, pk in enumerate(line(self.connection, self.now, MOST_BEFORE))}

    @cached_property
    def is_sending(self) -> bool:
        sending = Submission.objects.filter(connection=self.connection, state=SubmissionState.SENDING)
        return sending.exists()
