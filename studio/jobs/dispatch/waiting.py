"""Why a request waits, in the order in which ``sending.next_to_send`` holds requests back."""

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

MOST_BEFORE = 200  # requests that are counted: who is behind so many needs no other figure


class Cause(StrEnum):
    CONNECTION = "connection"  # ``status`` says which
    TWIN = "twin"  # an equal request is in doubt: job ``twin``
    PAUSE = "pause"  # of its own, after a try that failed
    CREDITS = "credits"  # a clip is on hold for credits, and this one costs more than is left, too
    TURN = "turn"  # ``before`` others come first


@dataclass(frozen=True, slots=True)
class Waiting:
    """``until`` where it is known. Credits are None where nobody told them."""

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
    """Job id → why, for those that wait for something: a few queries for each connection, however many jobs."""
    waiting = Job.objects.filter(pk__in=list(job_ids), state=JobState.QUEUED)
    queues: dict[int, Queue] = {}
    found = {}
    for job in waiting.select_related("submission", "connection"):
        queue = queues.setdefault(job.connection_id, Queue(job.connection))
        if why := queue.why(job):
            found[job.pk] = why
    return found


class Queue:
    """What holds back the requests of one connection: each thing is read once, when it is first asked for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now = timezone.now()

    def why(self, job: Job) -> Waiting | None:
        submission = job.submission
        if self.status.kind not in (StatusKind.WORKING, StatusKind.SHORT):
            return Waiting(
                Cause.CONNECTION, self.status.until, self.status
            )  # told once, whatever else is true
        if twin := self.doubtful.get(submission.fingerprint):
            return Waiting(Cause.TWIN, twin=twin)
        if submission.send_after and submission.send_after > self.now:
            return Waiting(Cause.PAUSE, submission.send_after)
        if self.status.kind is StatusKind.SHORT:
            return self._why_short(job)
        before = self.before(submission)
        return Waiting(Cause.TURN, before=before) if before else None

    def before(self, submission: Submission) -> int:
        """How many come first; MOST_BEFORE stands for any more."""
        return min(self.places.get(submission.pk, MOST_BEFORE) + self.is_sending, MOST_BEFORE)

    def _why_short(self, job: Job) -> Waiting | None:
        """While a 402 stands, only what the balance covers is sent; and the limits hold for that, too."""
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
        """Submission → how many come before it; a request that is held back for itself lets others pass."""
        return {pk: place for place, pk in enumerate(line(self.connection, self.now, MOST_BEFORE))}

    @cached_property
    def is_sending(self) -> bool:
        sending = Submission.objects.filter(connection=self.connection, state=SubmissionState.SENDING)
        return sending.exists()
