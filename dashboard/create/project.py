"""Which project a clip is made in: the choice, where there is one, and the project's defaults."""

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
    """``usable``: the projects to choose from. ``project``: the chosen one, if allowed, else the usual one."""

    usable: list[Project]
    project: Project

    def __bool__(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.usable) > 1

    def with_project(self, project_id: int | None) -> "Choice":
        """With that project, if it may still be used; else unchanged."""
        found = (project for project in self.usable if project.pk == project_id)
        return Choice(self.usable, next(found, self.project))


def choice_for(member: Member, asked: str = "") -> Choice:
    """``asked``: an id from an address or a form. Without one it is the project of the last clip."""
    usable = list(Project.objects.usable_by(member).order_by("-is_general", "name"))
    last = Job.objects.filter(spender=member).order_by("-id").values_list("project_id", flat=True).first()
    general = next((project for project in usable if project.is_general), None) or Project.objects.general()
    return Choice(usable, general).with_project(last).with_project(whole_number(asked))


def default_model(project: Project, connection: Connection) -> StudioModel | None:
    slug = project.defaults.get("model_slug", "")
    return connection.models.offered().filter(slug=slug).first() if slug else None


def beginning(project: Project, model: StudioModel) -> tuple[dict[str, Any], list[str]]:
    """The project's defaults that ``model`` accepts; and a sentence for each one that it no longer accepts.

    For a model other than the project's own there are no such sentences.
    """
    kept, dropped = keep_legal(project.defaults, model.capability)
    is_its_own = project.defaults.get("model_slug") == model.slug
    return kept, [f"Default of {project}: {said}" for said in dropped.values()] if is_its_own else []


def without_model(project: Project, connection: Connection) -> list[str]:
    """A sentence where the project's own model is gone."""
    slug = project.defaults.get("model_slug")
    if not slug or default_model(project, connection):
        return []
    name = connection.models.filter(slug=slug).values_list("name", flat=True).first() or slug
    return [f"The default model of {project}, {name}, is no longer available."]


def moved(
    values: Mapping[str, Any], model: StudioModel, before: Project, to: StudioModel, after: Project
) -> dict[str, Any]:
    """The values of a form for ``model`` in ``before``, moved to another project with the model ``to``.

    What a person chose stays. Defaults of the old model or project are replaced.
    """
    stood = {**defaults(model.capability), **beginning(before, model)[0]}
    chosen = {name: value for name, value in values.items() if stood.get(name) != value}
    cleared = {
        name for name, value in stood.items() if value is True and name not in values
    }  # a box unticked
    begun = beginning(after, to)[0]
    return {**{name: value for name, value in begun.items() if name not in cleared}, **chosen}


def posted_choice(data: QueryDict, member: Member) -> tuple[Choice, Project]:
    """The project that was posted, and the one that the fields were built for."""
    choice = choice_for(member, data.get("project", ""))
    return choice, choice.with_project(whole_number(data.get("made_in", ""))).project
