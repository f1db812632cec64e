"""A lane of the board: one connection, what is in progress there, and its queue in sending order."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, repeat

from django.db.models import Count
from django.utils import timezone

from dashboard.connections.words import Told, told
from dashboard.jobs.waiting import SHORT
from dashboard.shared.words import clock_time, length
from studio.catalog.models import Connection
from studio.jobs.dispatch.connection_status import ConnectionStatus, StatusKind
from studio.jobs.dispatch.forecast import departures
from studio.jobs.dispatch.waiting import Cause, Queue
from studio.jobs.models import Job, JobQuerySet, Submission
from studio.jobs.states import JobState, SubmissionState
from studio.team.models import Member
from studio.worker.models import Heartbeat

MOST = 50  # rows of a list; the rest is shown as a number
MAKING = (JobState.SENDING, JobState.PENDING, JobState.PROCESSING)
OWN_CAUSES = (
    Cause.TWIN,
    Cause.PAUSE,
    Cause.CREDITS,
)  # the others are shown once for the lane, or follow from the place
KNOWN_PACE = (StatusKind.WORKING, StatusKind.LIMITED, StatusKind.SPENT)
AT_ONCE = timedelta(minutes=1)

type PerPerson = Counter[int]  # owner → jobs


@dataclass(frozen=True, slots=True)
class Waiter:
    """``place`` counts from 1; None: held back for its own reason (``why``), and others are sent before it."""

    job: Job
    place: int | None
    why: str
    expected: str  # "ready in about 3 min"; "" if unknown

    @property
    def is_first(self) -> bool:
        return self.job.submission.first_at is not None


@dataclass(frozen=True, slots=True)
class Lane:
    connection: Connection
    status: ConnectionStatus
    making: list[Job]
    queue: list[Waiter]
    making_per_person: PerPerson
    waiting_per_person: PerPerson

    @property
    def told(self) -> Told:
        return told(self.status)

    @property
    def made_at_once(self) -> int:
        return self.making_per_person.total()

    @property
    def waiting(self) -> int:
        return self.waiting_per_person.total()

    @property
    def making_unseen(self) -> int:
        return max(0, self.made_at_once - len(self.making))

    @property
    def waiting_unseen(self) -> int:
        return max(0, self.waiting - len(self.queue))

    @property
    def jobs(self) -> Iterator[Job]:
        """All that are shown."""
        return chain(self.making, (waiter.job for waiter in self.queue))


def lanes(viewer: Member) -> list[Lane]:
    """The default connection first. The number of queries does not grow with the jobs."""
    making = _making_per_person()
    connections = Connection.objects.select_related("paused_by").order_by("-is_default", "name", "pk")
    silent = Heartbeat.silent_since() is not None
    return [_lane(each, making.get(each.pk, Counter()), viewer, silent) for each in connections]


def _lane(connection: Connection, making: PerPerson, viewer: Member, is_silent: bool) -> Lane:
    queue = Queue(connection)
    waiting = _waiting_per_person(connection)
    rows = _line(queue, viewer, is_silent) if waiting else []
    return Lane(
        connection=connection,
        status=queue.status,
        making=_made(connection, viewer) if making else [],
        queue=rows,
        making_per_person=making,
        waiting_per_person=waiting,
    )


def _making_per_person() -> Mapping[int, PerPerson]:
    """Connection → owner → jobs."""
    found: dict[int, PerPerson] = {}
    jobs = Job.objects.filter(state__in=MAKING).order_by().values_list("connection", "owner")
    for connection, owner, number in jobs.annotate(Count("pk")):
        found.setdefault(connection, Counter())[owner] = number
    return found


def _waiting_per_person(connection: Connection) -> PerPerson:
    queued = Submission.objects.filter(connection=connection, state=SubmissionState.QUEUED).order_by()
    return Counter(dict(queued.values_list("owner").annotate(Count("pk"))))


def _jobs(connection: Connection, viewer: Member) -> JobQuerySet:
    jobs = Job.objects.for_user(viewer).filter(connection=connection).select_related("owner", "submission")
    return jobs.defer("request", "result_urls", "submission__request")


def _made(connection: Connection, viewer: Member) -> list[Job]:
    return list(_jobs(connection, viewer).filter(state__in=MAKING).order_by("id")[:MOST])


def _line(queue: Queue, viewer: Member, is_silent: bool) -> list[Waiter]:
    """In sending order; then those that are held back, oldest first."""
    places = dict(islice(queue.places.items(), MOST))
    jobs = _jobs(queue.connection, viewer).filter(state=JobState.QUEUED)
    in_line = sorted(jobs.filter(submission__in=places), key=lambda job: places[job.submission_id])
    passed = jobs.exclude(submission__in=queue.places).order_by("id")[: MOST - len(in_line)]
    knows_pace = queue.status.kind in KNOWN_PACE and not is_silent
    leave = departures(queue.connection, queue.now) if knows_pace else repeat(None)
    return [
        *(
            Waiter(job, place, _why(queue, job), _expected(job, leaves))
            for place, (job, leaves) in enumerate(zip(in_line, leave, strict=False), start=1)
        ),
        *(Waiter(job, None, _why(queue, job), "") for job in passed),
    ]


def _why(queue: Queue, job: Job) -> str:
    why = queue.why(job)
    return SHORT[why.cause](why) if why and why.cause in OWN_CAUSES else ""


def _expected(job: Job, leaves: datetime | None) -> str:
    if leaves is None:
        return ""
    if leaves > timezone.now() + AT_ONCE:
        return f"sent about {clock_time(leaves)}"
    return f"ready in about {length(job.expected_seconds)}" if job.expected_seconds else ""
