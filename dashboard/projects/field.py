"""The project field of a form."""

from collections.abc import Sequence

from django import forms

from studio.projects.models import Project


class ProjectField(forms.ChoiceField):
    """One of ``projects``; cleaned to None if nothing was posted."""

    def __init__(self, projects: Sequence[Project], help_text: str = "") -> None:
        self.by_id = {str(project.pk): project for project in projects}
        choices = [(pk, _label(project)) for pk, project in self.by_id.items()]
        refused = "You can no longer create clips in that project. Choose another."
        super().__init__(
            label="Project",
            required=False,
            choices=choices,
            help_text=help_text,
            error_messages={"invalid_choice": refused},
        )

    def clean(self, value: str) -> Project | None:
        return self.by_id.get(super().clean(value))


def _label(project: Project) -> str:
    return f"{project} · {project.client}" if project.client else str(project)
