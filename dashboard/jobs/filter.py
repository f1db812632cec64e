"""The filters of the job list, read from its address. What cannot be read is left out, and said."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict

from studio.catalog.models import Connection, StudioModel
from studio.jobs.models import Job
from studio.jobs.queries import JobFilter
from studio.jobs.states import JobState
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens.models import Token

STATES = {*JobState.values, JobFilter.RUNNING_STATES, JobFilter.OPEN_STATES}


@dataclass(slots=True)
class Asked:
    """``narrowed`` is what could be read; ``complaints`` are sentences about the rest."""

    narrowed: JobFilter
    before: int | None = None
    people: list[Member] = field(default_factory=list)
    models: list[tuple[str, str]] = field(default_factory=list)  # slug, name
    projects: list[Project] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def whole_number(text: str) -> int | None:
    """A number that fits every database, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def iso_day(text: str) -> date | None:
    """ "2026-11-22", or None; a day of another age is a slip of the keyboard."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        return None
    return day if day and 1990 <= day.year <= 2999 else None


@dataclass(slots=True)
class Reader:
    """Reads one address, and keeps a sentence about each value that it had to leave out."""

    query: QueryDict
    complaints: list[str] = field(default_factory=list)

    def text(self, name: str, known: Container[str], complaint: str) -> str:
        """The value of ``name`` when it is ``known``, else ""; ``{}`` in the complaint stands for it."""
        said = self.query.get(name, "")
        if not said or said in known:
            return said
        self.complaints.append(complaint.format(shortened(said)))
        return ""

    def number(self, name: str, known: Container[int], complaint: str) -> int | None:
        said = self.query.get(name, "")
        number = whole_number(said)
        if not said or number in known:
            return number
        self.complaints.append(complaint)
        return None

    def day(self, name: str) -> date | None:
        said = self.query.get(name, "")
        day = iso_day(said)
        if said and day is None:
            self.complaints.append(f"“{shortened(said)}” is no day, such as 2026-11-22: it is left out.")
        return day


def asked(query: QueryDict) -> Asked:
    """What ``query_of`` (dashboard.jobs.live) writes, and ``?before=``, with the choices that the page offers."""
    people = list(Member.objects.only("name", "email"))
    models = list(dict(StudioModel.objects.order_by("name").values_list("slug", "name")).items())
    projects = list(Project.objects.only("name", "colour", "archived_at"))
    reader, members = Reader(query), {member.pk for member in people}
    stranger = "That person is not in this team: everybody’s clips are shown."
    narrowed = JobFilter(
        state=reader.text("state", STATES, "There is no state “{}”: clips in every state are shown."),
        person=reader.number("person", members, stranger),
        model=reader.text("model", Models(models), "There is no model “{}”: clips of every model are shown."),
        project=reader.number(
            "project",
            {project.pk for project in projects},
            "There is no such project: clips of every project are shown.",
        ),
        since=reader.day("from"),
        until=reader.day("until"),
        spender=reader.number("spender", members, stranger),
        connection=reader.number(
            "connection", Connections(), "There is no such studio: clips of every studio are shown."
        ),
        family=query.get("family", "").replace("\0", ""),
        private="private" in query,
        token=reader.number("token", Tokens(), "There is no such token: everybody’s clips are shown."),
    )
    before = query.get("before", "")
    if before and whole_number(before) is None:
        reader.complaints.append("That page was not found: the newest clips are shown.")
    return Asked(narrowed, whole_number(before), people, models, projects, reader.complaints)


class Models:
    """The models of the catalog, and those that only clips of earlier times tell of."""

    def __init__(self, offered: list[tuple[str, str]]) -> None:
        self.offered = dict(offered)

    def __contains__(self, slug: object) -> bool:
        return slug in self.offered or (
            "\0" not in str(slug) and Job.objects.filter(model_slug=slug).exists()
        )


class Connections:
    """Looked up only where one is asked for."""

    def __contains__(self, pk: object) -> bool:
        return pk is not None and Connection.objects.filter(pk=pk).exists()


class Tokens:
    """As above; 0 is none."""

    def __contains__(self, pk: object) -> bool:
        return pk == 0 or (pk is not None and Token.objects.filter(pk=pk).exists())


def trusted(query: QueryDict) -> JobFilter:
    """As ``asked``, without looking anything up: for the poller, whose address we wrote ourselves."""
    state = query.get("state", "")
    return JobFilter(
        state=state if state in STATES else "",
        person=whole_number(query.get("person", "")),
        model=query.get("model", ""),
        project=whole_number(query.get("project", "")),
        since=iso_day(query.get("from", "")),
        until=iso_day(query.get("until", "")),
        spender=whole_number(query.get("spender", "")),
        connection=whole_number(query.get("connection", "")),
        family=query.get("family", ""),
        private="private" in query,
        token=whole_number(query.get("token", "")),
    )


def shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
