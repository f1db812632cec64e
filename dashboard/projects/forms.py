"""The form of a project, including defaults for new clips: settings of the chosen model."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q

from dashboard.budgets.forms import Credits
from dashboard.create.widgets import ParameterField, default_field, html_name
from dashboard.shared.form_fields import typed_field
from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.capability import Capability
from studio.contract.request import is_set
from studio.contract.rules import keep_legal
from studio.projects.models import Project
from studio.team.models import Member

FOR_WHOM = [("all", "Everyone on the team"), ("members", "Selected people")]
NONE = ("", "No default")
NOT_A_SETTING = (
    "prompt",
    "prompt_directory_optin",
)  # the content of a clip, and publishing it, are chosen for each clip


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at run time
    """``model_slug`` is part of the settings; the others are in SettingsForm."""

    for_whom = forms.ChoiceField(
        label="Who can make clips", choices=FOR_WHOM, widget=forms.RadioSelect, initial="all"
    )
    approve_from = Credits(
        label="Approval limit",
        required=False,
        help_text="Requests of this many credits or more need approval. Leave empty to use the team’s limit.",
    )
    model_slug = forms.ChoiceField(label="Model", required=False)

    class Meta:
        model = Project
        fields = ["name", "client", "colour", "members", "approve_from"]
        widgets = {"colour": forms.RadioSelect, "members": forms.CheckboxSelectMultiple}
        labels = {"members": "People"}
        help_texts = {
            "client": "Optional. Shown next to the name.",
            "members": "Managers and admins can use every project.",
        }
        error_messages = {"name": {"unique": "Another project already has this name."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project = self.instance
        self.fields["for_whom"].initial = "all" if project.is_for_all else "members"
        typed_field(self, "members", forms.ModelMultipleChoiceField).queryset = _choosable(project)
        self.fields["model_slug"].initial = project.defaults.get("model_slug", "")
        offered = default_connection().models.offered().values_list("slug", "name")
        typed_field(self, "model_slug", forms.ChoiceField).choices = [NONE, *offered]
        if project.is_general:  # always open to everyone
            del self.fields["for_whom"], self.fields["members"]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        self.instance.is_for_all = told.get("for_whom", "all") == "all"
        if not self.instance.is_for_all and not told.get("members"):
            self.add_error("members", "Choose at least one person.")
        return told

    @property
    def people(self) -> list[Member]:
        """The selected people, kept while everyone may use the project."""
        return list(self.cleaned_data.get("members", ()))


def _choosable(project: Project) -> Any:
    """Active members, and those already selected."""
    mine = Q(projects=project) if project.pk else Q()
    return Member.objects.filter(Q(is_active=True) | mine).distinct()


class SettingsForm(forms.Form):
    """Base of the forms that ``settings_form`` builds; empty if no model is chosen."""

    capability: Capability | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The defaults that a project stores, under wire names, without empty values."""
        if self.capability is None:
            return {}
        said = {name: value for name, value in self._values.items() if is_set(value)}
        return {"model_slug": self.capability.slug, **said}

    @property
    def _values(self) -> dict[str, Any]:
        return {
            field.parameter.name: self.cleaned_data.get(name)
            for name, field in self.fields.items()
            if isinstance(field, ParameterField)
        }

    def clean(self) -> dict[str, Any]:
        if self.capability and not self.errors:
            _, illegal = keep_legal(self._values, self.capability)
            for name, sentence in illegal.items():
                self.add_error(html_name(name), sentence)
        return self.cleaned_data


def settings_form(model: StudioModel | None) -> type[SettingsForm]:
    """A form class with the settings of ``model`` that can be defaults: all except prompt and inputs."""
    if model is None:
        return SettingsForm
    capability = model.capability
    fields = {
        html_name(one.name): default_field(one, capability, NONE)
        for one in capability.parameters_in()
        if not one.is_media and one.name not in NOT_A_SETTING
    }
    return type("ModelSettingsForm", (SettingsForm,), {"capability": capability, **fields})


def begun_with(defaults: Mapping[str, Any], model: StudioModel | None) -> tuple[dict[str, Any], list[str]]:
    """A project's defaults that ``model`` still accepts, and a sentence for each of the others, which are dropped."""
    if model is None:
        gone = defaults.get("model_slug")
        return {}, [f"The model {gone} is no longer offered, so its settings are left out."] if gone else []
    kept, dropped = keep_legal(defaults, model.capability)
    return kept, list(dropped.values())
