"""What pages ask about jobs: rows with no more than a list shows, filters, and counts that know when to stop."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Protocol

from django.db.models.functions import Left

from studio.jobs.models import Job, JobQuerySet
from studio.jobs.states import RUNNING

MOST_COUNTED = 1_000  # a count stops here: whoever reads "1,000+" needs no other figure
PROMPT_SHOWN = 200  # characters of a prompt that a row carries


@dataclass(frozen=True, slots=True)
class JobRow:
    """One line of a list, in the order of COLUMNS. What it can be asked is answered by Job's own code."""

    id: int
    rev: int
    state: str
    state_word: str
    archive: str
    error: str
    archive_error: str
    refunded: bool
    charged: int | None
    estimate: int | None
    expected_seconds: int | None
    created_at: datetime
    accepted_at: datetime | None
    finished_at: datetime | None
    model_slug: str
    model_name: str
    clip: str
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
    waits: str = ""  # why, in a few words: no column, but found out for the rows that wait

    credits = Job.credits
    elapsed = Job.elapsed
    is_running = Job.is_running
    is_finished = Job.is_finished
    is_copying = Job.is_copying
    has_expectation = Job.has_expectation
    due_at = Job.due_at
    seconds_made = Job.seconds_made
    seconds_left = Job.seconds_left

    @property
    def owner(self) -> str:
        return self.owner_name or self.owner_email.partition("@")[0]


COLUMNS = (
    *("id", "rev", "state", "state_word", "archive", "error", "archive_error", "refunded"),
    *("charged", "estimate", "expected_seconds", "created_at", "accepted_at", "finished_at"),
    *("model_slug", "model_name", "clip", "thumb", "preview", "width", "height", "seconds"),
    *("owner_id", "owner__name", "owner__email"),
    *(Left("prompt", PROMPT_SHOWN), "request__aspect_ratio"),
)


def rows(jobs: JobQuerySet) -> list[JobRow]:
    """The rows of ``jobs``, in its order, by one query."""
    return [JobRow(*values) for values in jobs.values_list(*COLUMNS)]


class Owned(Protocol):
    owner_id: int
    model_slug: str


@dataclass(frozen=True, slots=True)
class JobFilter:
    """What a list is narrowed to; empty values narrow nothing.

    ``state`` is one of JobState, or RUNNING_STATES for all that are still on their way. Person and model of a
    job never change, its state does: what ``concerns`` a filter may still come to fit it.
    """

    state: str = ""
    person: int | None = None
    model: str = ""

    RUNNING_STATES: ClassVar[str] = "running"

    def __bool__(self) -> bool:
        return bool(self.state or self.person or self.model)

    def jobs(self, among: JobQuerySet) -> JobQuerySet:
        narrowed = self.without_state(among)
        if self.state == self.RUNNING_STATES:
            return narrowed.filter(state__in=RUNNING)
        return narrowed.in_state(self.state) if self.state else narrowed

    def without_state(self, among: JobQuerySet) -> JobQuerySet:
        if self.person:
            among = among.filter(owner_id=self.person)
        return among.filter(model_slug=self.model) if self.model else among

    def concerns(self, job: "Owned") -> bool:
        """Whether its person and its model are those wanted."""
        return self.person in (None, job.owner_id) and self.model in ("", job.model_slug)

    def fits(self, row: JobRow) -> bool:
        """Whether its state is one of those wanted, too."""
        if not self.concerns(row):
            return False
        if self.state == self.RUNNING_STATES:
            return row.is_running
        return not self.state or row.state == self.state


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
    return Job.objects.values_list(*COLUMNS)


def changed_rows(user: Any, since: int, most: int) -> list[JobRow] | None:
    """What changed after a revision, newest job first; None when that is more than ``most``.

    By the index on the revision alone: narrowed in SQL, SQLite would walk all jobs of a person instead.
    """
    changed = _every_row().for_user(user).changed_since(since).order_by("rev")
    found = [JobRow(*values) for values in changed[: most + 1]]
    return None if len(found) > most else sorted(found, key=lambda row: -row.id)


@dataclass(frozen=True, slots=True)
class Moving:
    """How many jobs are on their way; and, where none is, whether a clip is still being copied here."""

    running: Count
    copying: bool

    def __bool__(self) -> bool:
        return bool(self.running) or self.copying


def moving(among: JobQuerySet, narrowed: JobFilter) -> Moving:
    """What is unfinished of a person or a model, in any state. As above: each by its own index."""
    running = Count(_concerned(among.filter(state__in=RUNNING), narrowed))
    return Moving(running, copying=not running and _concerned(among.to_archive(), narrowed) > 0)


def _concerned(jobs: JobQuerySet, narrowed: JobFilter) -> int:
    owned = jobs.values_list("owner_id", "model_slug", named=True)[: MOST_COUNTED + 1]
    return sum(map(narrowed.concerns, owned))
