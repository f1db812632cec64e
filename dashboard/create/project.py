"""Which project a clip is made in: the choice, where there is one, and what the project begins a form with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from dashboard.shared.query_reader import whole_number
from studio.catalog.models import Connection, StudioModel
from studio.contract.rules import defaults, keep_legal
from studio.jobs.models import Job
from studio.projects.models import Project
from studio.team.models import Member


@dataclass(frozen=True, slots=True)
class Choice:
    """``usable``: what a person may choose from. ``project``: what they chose, if they may, else the usual one."""

    usable: list[Project]
    project: Project

    def __bool__(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.usable) > 1

    def with_project(self, project_id: int | None) -> "Choice":
        """That one, if it may still be used; else as it is."""
        found = (project for project in self.usable if project.pk == project_id)
        return Choice(self.usable, next(found, self.project))


def choice_for(member: Member, asked: str = "") -> Choice:
    """``asked``: an id, as an address or a form names it. Without one it is the project of the last clip."""
    usable = list(Project.objects.usable_by(member).order_by("-is_general", "name"))
    last = Job.objects.filter(spender=member).order_by("-id").values_list("project_id", flat=True).first()
    general = next((project for project in usable if project.is_general), None) or Project.objects.general()
    return Choice(usable, general).with_project(last).with_project(whole_number(asked))


def default_model(project: Project, connection: Connection) -> StudioModel | None:
    slug = project.defaults.get("model_slug", "")
    return connection.models.offered().filter(slug=slug).first() if slug else None


def beginning(project: Project, model: StudioModel) -> tuple[dict[str, Any], list[str]]:
    """What the project's forms begin with, as far as ``model`` takes it; and a sentence for what it takes no longer.

    Of another model than the project's own, nothing is said about what it does not take.
    """
    kept, dropped = keep_legal(project.defaults, model.capability)
    is_its_own = project.defaults.get("model_slug") == model.slug
    return kept, [f"{project} begins with it: {said}" for said in dropped.values()] if is_its_own else []


def without_model(project: Project, connection: Connection) -> list[str]:
    """A sentence where the project's own model is gone."""
    slug = project.defaults.get("model_slug")
    if not slug or default_model(project, connection):
        return []
    name = connection.models.filter(slug=slug).values_list("name", flat=True).first() or slug
    return [f"{project} begins with {name}, which is no longer offered."]


def moved(
    values: Mapping[str, Any], model: StudioModel, before: Project, to: StudioModel, after: Project
) -> dict[str, Any]:
    """The values of a form for ``model`` in ``before``, put into another project with the model ``to``.

    What a person chose stays. What only stood there, because the model or the project began with it, makes way.
    """
    stood = {**defaults(model.capability), **beginning(before, model)[0]}
    chosen = {name: value for name, value in values.items() if stood.get(name) != value}
    cleared = {
        name for name, value in stood.items() if value is True and name not in values
    }  # a box unticked
    begun = beginning(after, to)[0]
    return {**{name: value for name, value in begun.items() if name not in cleared}, **chosen}


def posted_choice(data: QueryDict, member: Member) -> tuple[Choice, Project]:
    """The project that was posted, and the one that the fields were made in."""
    choice = choice_for(member, data.get("project", ""))
    return choice, choice.with_project(whole_number(data.get("made_in", ""))).project
