"""The filters of the job list, read from its address. What cannot be read is left out, and said."""

from dataclasses import dataclass, field

from django.http import QueryDict

from dashboard.shared.query_reader import QueryReader, iso_day, whole_number
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


def asked(query: QueryDict) -> Asked:
    """What ``query_of`` (dashboard.jobs.live) writes, and ``?before=``, with the choices that the page offers."""
    people = list(Member.objects.only("name", "email"))
    models = list(dict(StudioModel.objects.order_by("name").values_list("slug", "name")).items())
    projects = list(Project.objects.only("name", "colour", "archived_at"))
    reader, members = QueryReader(query), {member.pk for member in people}
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
        return isinstance(pk, int) and Connection.objects.filter(pk=pk).exists()


class Tokens:
    """As above; 0 is none."""

    def __contains__(self, pk: object) -> bool:
        return pk == 0 or (isinstance(pk, int) and Token.objects.filter(pk=pk).exists())


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
