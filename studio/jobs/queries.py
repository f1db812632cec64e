"""Queries for the pages: rows with just the columns of a list, filters, and counts with a limit."""

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

MOST_COUNTED = 1_000  # a count stops here: "1,000+" is exact enough for a page
PROMPT_SHOWN = 200  # characters of the prompt in a row


@dataclass(frozen=True, slots=True)
class JobRow(Progress):
    """One row of a list, in the order of COLUMNS. Its properties are those of Job."""

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
    is_general: bool  # its project is the default one, for clips without a project
    is_private: bool
    api_token_id: int | None  # None: requested in the browser
    waits: str = ""  # why it waits, in a few words: not a column, filled in for the rows that wait
    is_hidden: bool = False  # private, and requested by someone else than the viewer

    @property
    def owner(self) -> str:
        return self.owner_name or self.owner_email.partition("@")[0]

    def seen_by(self, viewer: Any) -> Self:
        """This row, without what is hidden from ``viewer``; None is an unknown viewer."""
        return replace(self, is_hidden=True, **BLANK) if is_hidden(self, viewer) else self


BLANK_TEXTS = ("state_word", "error", "archive_error", "played", "thumb", "preview")
BLANK: dict[str, Any] = {
    **dict.fromkeys(BLANK_TEXTS, ""),
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
    """The rows of ``jobs``, in its order, as its viewer may see them. One query."""
    return [JobRow(*values).seen_by(jobs.viewer) for values in jobs.values_list(*COLUMNS)]


class Booked(Protocol):
    """The fields of a job that never change, or only when it is reassigned."""

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


def is_filtering(name: str, value: Any) -> bool:
    """Whether a filter has a value. 0 is one for ``token``: it means clips requested in the browser."""
    return bool(value) or (name == "token" and value == 0)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """A filter of a list; empty fields do not filter. ``since`` and ``until`` are days, both included.

    ``state`` is one of JobState, RUNNING_STATES for all that are still in progress, or OPEN_STATES for all that have
    not ended, as in the ledger's totals. ``person`` is the clip's owner, ``spender`` the person it was booked on.
    Only the state of a job changes: a job that ``concerns`` the filter may fit it later.
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
    private: bool = False  # only private clips; False: all clips
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
        """Whether the job has the wanted person, model, day …, whatever its state."""
        of_the_day = (self.since or job.asked_on) <= job.asked_on <= (self.until or job.asked_on)
        return of_the_day and all(getattr(job, column) == value for column, value in self._wanted())

    def fits(self, row: JobRow) -> bool:
        """Whether the row fits the filter, including its state."""
        if not self.concerns(row):
            return False
        if self.state == self.RUNNING_STATES:
            return row.is_running
        if self.state == self.OPEN_STATES:
            return not row.is_finished
        return not self.state or row.state == self.state

    def _wanted(self) -> Iterator[tuple[str, Any]]:
        """The columns to filter by, with the value of each."""
        fields = ((name, column, getattr(self, name)) for name, column in self.COLUMNS.items())
        return (
            (column, value or None) for name, column, value in fields if value or is_filtering(name, value)
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A number of jobs, counted up to MOST_COUNTED."""

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
    """Never evaluated itself. Resolving its columns once halves the cost of building a poll's query."""
    return cast(
        JobQuerySet, Job.objects.values_list(*COLUMNS)
    )  # yields rows, not jobs, but has the same filters


def changed_rows(user: Any, since: int, most: int) -> list[JobRow] | None:
    """The rows that changed after a revision, newest job first; None if there are more than ``most``.

    Uses the index on the revision alone: with more conditions, SQLite would walk all jobs of a person instead.
    """
    changed = _every_row().for_user(user).changed_since(since).order_by("rev")
    rows = cast(Iterable[tuple[Any, ...]], changed[: most + 1])
    found = [JobRow(*values).seen_by(user) for values in rows]
    return None if len(found) > most else sorted(found, key=lambda row: -row.id)


@dataclass(frozen=True, slots=True)
class Moving:
    """How many jobs are running; if none is, whether a clip's files are still being copied or processed."""

    running: Count
    copying: bool

    def __bool__(self) -> bool:
        return bool(self.running) or self.copying


def moving(among: JobQuerySet, narrowed: JobFilter) -> Moving:
    """The unfinished jobs that the filter concerns, in any state. Each query uses its own index (see above)."""
    running = Count(_concerned(among.filter(state__in=RUNNING), narrowed))
    rest = (among.to_archive(), among.to_be_looked_at())
    return Moving(running, copying=not running and any(_concerned(jobs, narrowed) for jobs in rest))


def _concerned(jobs: JobQuerySet, narrowed: JobFilter) -> int:
    booked = jobs.values_list(*JobFilter.COLUMNS.values(), "asked_on", named=True)[: MOST_COUNTED + 1]
    return sum(map(narrowed.concerns, booked))
