"""The filters of the clip list, read from the query string. Values that cannot be read are ignored and reported."""

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
    """``narrowed`` is what could be read; ``complaints`` has sentences about the rest."""

    narrowed: JobFilter
    before: int | None = None
    people: list[Member] = field(default_factory=list)
    models: list[tuple[str, str]] = field(default_factory=list)  # slug, name
    projects: list[Project] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def asked(query: QueryDict) -> Asked:
    """Reads what ``query_of`` (dashboard.jobs.live) writes, and ``?before=``, with the choices that the page offers."""
    people = list(Member.objects.only("name", "email"))
    models = list(dict(StudioModel.objects.order_by("name").values_list("slug", "name")).items())
    projects = list(Project.objects.only("name", "colour", "archived_at"))
    reader, members = QueryReader(query), {member.pk for member in people}
    stranger = "This person is not on the team. Showing everyone’s clips."
    narrowed = JobFilter(
        state=reader.text("state", STATES, "There is no state “{}”. Showing all states."),
        person=reader.number("person", members, stranger),
        model=reader.text("model", Models(models), "There is no model “{}”. Showing all models."),
        project=reader.number(
            "project",
            {project.pk for project in projects},
            "This project does not exist. Showing all projects.",
        ),
        since=reader.day("from"),
        until=reader.day("until"),
        spender=reader.number("spender", members, stranger),
        connection=reader.number(
            "connection", Connections(), "This connection does not exist. Showing all connections."
        ),
        family=query.get("family", "").replace("\0", ""),
        private="private" in query,
        token=reader.number("token", Tokens(), "This token does not exist. Showing everyone’s clips."),
    )
    before = query.get("before", "")
    if before and whole_number(before) is None:
        reader.complaints.append("This page does not exist. Showing the newest clips.")
    return Asked(narrowed, whole_number(before), people, models, projects, reader.complaints)


class Models:
    """The models of the catalog, and those that only older clips were made with."""

    def __init__(self, offered: list[tuple[str, str]]) -> None:
        self.offered = dict(offered)

    def __contains__(self, slug: object) -> bool:
        return slug in self.offered or (
            "\0" not in str(slug) and Job.objects.filter(model_slug=slug).exists()
        )


class Connections:
    """Looked up only when the filter names one."""

    def __contains__(self, pk: object) -> bool:
        return isinstance(pk, int) and Connection.objects.filter(pk=pk).exists()


class Tokens:
    """As above; 0 means without a token."""

    def __contains__(self, pk: object) -> bool:
        return pk == 0 or (isinstance(pk, int) and Token.objects.filter(pk=pk).exists())


def trusted(query: QueryDict) -> JobFilter:
    """As ``asked``, without database lookups: for the poller, whose URL we generated."""
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
