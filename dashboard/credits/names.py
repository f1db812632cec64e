"""The names for the ids in a report. Read once per page; there are few."""

from functools import cached_property

from studio.catalog.models import Connection, StudioModel
from studio.credits.reports import Value
from studio.jobs.states import OPEN, JobState
from studio.projects.models import Colour, Project
from studio.team.models import Member
from studio.tokens.models import Token

UNDER_WAY = "In progress"
IN_BROWSER = "In the browser"
GONE = "deleted"


class Names:
    """``names.of("person", 3)``: the name that a page shows. For what was deleted, a name made from its id."""

    @cached_property
    def people(self) -> dict[int, str]:
        return {member.pk: str(member) for member in Member.objects.only("name", "email")}

    @cached_property
    def projects(self) -> dict[int, Project]:
        return {project.pk: project for project in Project.objects.only("name", "colour")}

    @cached_property
    def models(self) -> dict[str, str]:
        return dict(StudioModel.objects.order_by("name").values_list("slug", "name"))

    @cached_property
    def connections(self) -> dict[int, str]:
        return dict(Connection.objects.order_by("-is_default", "name").values_list("pk", "name"))

    @cached_property
    def tokens(self) -> dict[int, str]:
        """All tokens ever issued, newest first, and 0 for none; empty where there are none."""
        issued = {token.pk: token.long_name for token in Token.objects.select_related("owner")}
        return {0: IN_BROWSER, **issued} if issued else {}

    def of(self, dimension: str, value: Value | None) -> str:
        match dimension:
            case "person":
                return self.people.get(int(value or 0), f"Person {value}, {GONE}")
            case "project":
                project = self.projects.get(int(value or 0))
                return project.name if project else f"Project {value}, {GONE}"
            case "connection":
                return self.connections.get(int(value or 0), f"Studio {value}, {GONE}")
            case "model":
                return self.models.get(str(value), str(value))
            case "outcome":
                return outcome_word(str(value))
            case "token":
                return self.tokens.get(int(value or 0), f"Token {value}, {GONE}" if value else IN_BROWSER)
        return str(value)

    def colour(self, project: Value) -> str:
        found = self.projects.get(int(project))
        return found.colour if found else Colour.GREY.value


def outcome_word(outcome: str) -> str:
    """The label of an outcome; a value without a label is shown as it is."""
    return UNDER_WAY if outcome == OPEN else str(JobState(outcome).label) if outcome in JobState else outcome
