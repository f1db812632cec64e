"""What pages ask about jobs: rows with no more than a list shows, filters, and counts that know when to stop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Protocol, Self, cast

from django.db.models.functions import Left

from studio.jobs.models import Job, JobQuerySet
from studio.jobs.models.progress import Progress
from studio.jobs.privacy import HIDDEN, is_hidden
from studio.jobs.states import ENDED, OPEN, RUNNING

MOST_COUNTED = 1_000  # a count stops here: whoever reads "1,000+" needs no other figure
PROMPT_SHOWN = 200  # characters of a prompt that a row carries


@dataclass(frozen=True, slots=True)
class JobRow(Progress):
    """One line of a list, in the order of COLUMNS. What can be asked of it is the same as of a Job."""

    id: int
    rev: int
    state: str
    state_word: str
    archive: str
    error: str
    archive_error: str
    refunded: bool
    refund: int | None
    charged: int | None
    estimate: int | None
    expected_seconds: int | None
    created_at: datetime
    accepted_at: datetime | None
    finished_at: datetime | None
    model_slug: str
    model_name: str
    played: str
    thumb: str
    preview: str
    width: int | None
    height: int | None
    seconds: float | None
    owner_id: int
    owner_name: str
    owner_email: str
    prompt: str  # its first PROMPT_SHOWN characters
    aspect_ratio: str | None
    project_id: int
    spender_id: int
    connection_id: int
    model_family: str
    asked_on: date
    project_name: str
    project_colour: str
    is_general: bool  # its project is the one of clips that nobody chose one for
    is_private: bool
    api_token_id: int | None  # None: a person asked for it, in the browser
    waits: str = ""  # why, in a few words: no column, but found out for the rows that wait
    is_hidden: bool = False  # private, and not of who looks at it

    @property
    def owner(self) -> str:
        return self.owner_name or self.owner_email.partition("@")[0]

    def seen_by(self, viewer: Any) -> Self:
        """This row, without what is hidden from ``viewer``; None is nobody."""
        return replace(self, is_hidden=True, **BLANK) if is_hidden(self, viewer) else self


UNSAID = ("state_word", "error", "archive_error", "played", "thumb", "preview")
BLANK: dict[str, Any] = {
    **dict.fromkeys(UNSAID, ""),
    **dict.fromkeys(("width", "height", "seconds", "aspect_ratio")),
    "prompt": HIDDEN,
}

COLUMNS = (
    *("id", "rev", "state", "state_word", "archive", "error", "archive_error", "refunded"),
    *("refund", "charged", "estimate", "expected_seconds", "created_at", "accepted_at", "finished_at"),
    *("model_slug", "model_name", "played", "thumb", "preview", "width", "height", "seconds"),
    *("owner_id", "owner__name", "owner__email"),
    *(Left("prompt", PROMPT_SHOWN), "request__aspect_ratio"),
    *("project_id", "spender_id", "connection_id", "model_family", "asked_on"),
    *("project__name", "project__colour", "project__is_general", "is_private", "api_token_id"),
)


def rows(jobs: JobQuerySet) -> list[JobRow]:
    """The rows of ``jobs``, in its order, by one query: as whoever they are read for may see them."""
    return [JobRow(*values).seen_by(jobs.viewer) for values in jobs.values_list(*COLUMNS)]


class Booked(Protocol):
    """What of a job never changes, or only when it is handed over."""

    @property
    def owner_id(self) -> int: ...

    @property
    def spender_id(self) -> int: ...

    @property
    def project_id(self) -> int: ...

    @property
    def connection_id(self) -> int: ...

    @property
    def model_slug(self) -> str: ...

    @property
    def model_family(self) -> str: ...

    @property
    def asked_on(self) -> date: ...

    @property
    def is_private(self) -> bool: ...

    @property
    def api_token_id(self) -> int | None: ...


def is_said(name: str, value: Any) -> bool:
    """Whether a filter is narrowed by it. The token 0 is none: what people asked for in the browser."""
    return bool(value) or (name == "token" and value == 0)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What a list is narrowed to; what is not said narrows nothing. ``since`` and ``until`` are days, both included.

    ``state`` is one of JobState, RUNNING_STATES for all that are still on their way, or OPEN_STATES for all that have
    not ended, as the ledger's totals know them. ``person`` is who looks after the clip, ``spender`` whom it is booked
    on. All but the state of a job stay: what ``concerns`` a filter may still come to fit it.
    """

    state: str = ""
    person: int | None = None
    model: str = ""
    project: int | None = None
    since: date | None = None
    until: date | None = None
    spender: int | None = None
    connection: int | None = None
    family: str = ""
    private: bool = False  # nothing but private clips; False: all of them
    token: int | None = None

    RUNNING_STATES: ClassVar[str] = "running"
    OPEN_STATES: ClassVar[str] = OPEN
    COLUMNS: ClassVar[dict[str, str]] = {
        "person": "owner_id",
        "model": "model_slug",
        "project": "project_id",
        "spender": "spender_id",
        "connection": "connection_id",
        "family": "model_family",
        "private": "is_private",
        "token": "api_token_id",
    }

    def __bool__(self) -> bool:
        return bool(self.state or self.since or self.until or dict(self._wanted()))

    def jobs(self, among: JobQuerySet) -> JobQuerySet:
        narrowed = self.without_state(among)
        if self.state == self.RUNNING_STATES:
            return narrowed.filter(state__in=RUNNING)
        if self.state == self.OPEN_STATES:
            return narrowed.exclude(state__in=ENDED)
        return narrowed.in_state(self.state) if self.state else narrowed

    def without_state(self, among: JobQuerySet) -> JobQuerySet:
        if self.since:
            among = among.filter(asked_on__gte=self.since)
        if self.until:
            among = among.filter(asked_on__lte=self.until)
        return among.filter(**dict(self._wanted()))

    def concerns(self, job: "Booked") -> bool:
        """Whether it is of the person, the model, the day … that are wanted."""
        of_the_day = (self.since or job.asked_on) <= job.asked_on <= (self.until or job.asked_on)
        return of_the_day and all(getattr(job, column) == value for column, value in self._wanted())

    def fits(self, row: JobRow) -> bool:
        """Whether its state is one of those wanted, too."""
        if not self.concerns(row):
            return False
        if self.state == self.RUNNING_STATES:
            return row.is_running
        if self.state == self.OPEN_STATES:
            return not row.is_finished
        return not self.state or row.state == self.state

    def _wanted(self) -> Iterator[tuple[str, Any]]:
        """The columns that have to hold a value, with it."""
        said = ((name, column, getattr(self, name)) for name, column in self.COLUMNS.items())
        return ((column, value or None) for name, column, value in said if value or is_said(name, value))


@dataclass(frozen=True, slots=True)
class Count:
    """A number of jobs that was counted up to MOST_COUNTED."""

    number: int

    @property
    def is_capped(self) -> bool:
        return self.number > MOST_COUNTED

    def __str__(self) -> str:
        return f"{MOST_COUNTED:,}+" if self.is_capped else f"{self.number:,}"

    def __bool__(self) -> bool:
        return self.number > 0


def count(jobs: JobQuerySet) -> Count:
    return Count(jobs.order_by()[: MOST_COUNTED + 1].count())


@cache
def _every_row() -> JobQuerySet:
    """Never read itself. Its columns are resolved once, which is half of what a poll's query costs to build."""
    return cast(JobQuerySet, Job.objects.values_list(*COLUMNS))  # of rows, not of jobs; narrowed as those are


def changed_rows(user: Any, since: int, most: int) -> list[JobRow] | None:
    """What changed after a revision, newest job first; None when that is more than ``most``.

    By the index on the revision alone: narrowed in SQL, SQLite would walk all jobs of a person instead.
    """
    changed = _every_row().for_user(user).changed_since(since).order_by("rev")
    rows = cast(Iterable[tuple[Any, ...]], changed[: most + 1])
    found = [JobRow(*values).seen_by(user) for values in rows]
    return None if len(found) > most else sorted(found, key=lambda row: -row.id)


@dataclass(frozen=True, slots=True)
class Moving:
    """How many jobs are on their way; and, where none is, whether a clip is still being copied here or drawn from."""

    running: Count
    copying: bool

    def __bool__(self) -> bool:
        return bool(self.running) or self.copying


def moving(among: JobQuerySet, narrowed: JobFilter) -> Moving:
    """What is unfinished of those that the filter concerns, in any state. As above: each by its own index."""
    running = Count(_concerned(among.filter(state__in=RUNNING), narrowed))
    rest = (among.to_archive(), among.to_be_looked_at())
    return Moving(running, copying=not running and any(_concerned(jobs, narrowed) for jobs in rest))


def _concerned(jobs: JobQuerySet, narrowed: JobFilter) -> int:
    booked = jobs.values_list(*JobFilter.COLUMNS.values(), "asked_on", named=True)[: MOST_COUNTED + 1]
    return sum(map(narrowed.concerns, booked))
