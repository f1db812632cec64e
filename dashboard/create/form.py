"""The form of one model, built from its table of parameters: exactly the fields that the model accepts.

Fields only parse what was posted; whether a model accepts it is decided by ``studio.contract.rules`` alone,
as it is for every other way of requesting a clip.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from dashboard.create.widgets import ParameterField, field_of, html_name, parameter_at, posted_value
from dashboard.projects.field import ProjectField
from dashboard.shared.query_reader import whole_number
from studio.contract.capability import Capability, Parameter
from studio.contract.request import GenerateRequest
from studio.contract.rules import check, without_idle_flags
from studio.jobs.intents import new_token
from studio.jobs.submit import MOST_VARIATIONS
from studio.projects.models import Project

NOT_SENT = ("variations", "project", "is_private")  # ours: the studio never sees them
_PROMPT = "prompt"  # has a place of its own on the page


class CreateForm(forms.Form):
    """Base of the forms that ``form_for`` builds. Parameters have their wire names, unless ``html_name`` differs."""

    capability: ClassVar[Capability]
    mode: ClassVar[str | None] = None

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            for name, sentence in check(self.request, self.capability).items():
                field = html_name(name)
                self.add_error(field if field in self.fields else None, sentence)
        return self.cleaned_data

    @property
    def request(self) -> GenerateRequest:
        """The request that the cleaned fields describe, without what the model does not accept."""
        said = {
            field.parameter.name: self.cleaned_data.get(name)
            for name, field in self.fields.items()
            if isinstance(field, ParameterField)
        }
        return without_idle_flags(self.capability, said)

    def at(self, name: str) -> str:
        """The form's field for a parameter."""
        return html_name(name)

    def add_sentence(self, field: str, sentence: str) -> None:
        """Show an error at a field, also in a form that was not posted yet."""
        self.errors[field] = self.error_class([sentence], field_id=self[field].auto_id)

    @property
    def settings(self) -> list[BoundField]:
        """The parameters that have no place of their own on the page, in the model's order, flags last."""
        found = [
            self[name]
            for name, field in self.fields.items()
            if isinstance(field, ParameterField) and field.parameter.name != _PROMPT
        ]
        return sorted(found, key=lambda field: parameter_at(field).kind == "flag")

    @property
    def flags(self) -> list[BoundField]:
        return [field for field in self.settings if parameter_at(field).kind == "flag"]

    @property
    def choices(self) -> list[BoundField]:
        """The settings that are no flags and do not select the mode."""
        mode = self.capability.mode
        shown = [field for field in self.settings if parameter_at(field).kind != "flag"]
        return [field for field in shown if parameter_at(field).name != mode]

    @property
    def mode_field(self) -> BoundField | None:
        mode = self.capability.mode
        return self[html_name(mode)] if mode and html_name(mode) in self.fields else None


def form_for(
    capability: Capability, projects: Sequence[Project] = (), mode: str | None = None
) -> type[CreateForm]:
    """A form class with the fields that ``capability`` takes in a mode (its first one if None).

    ``projects``: those to choose from; none where there is no choice.
    """
    mode = mode or capability.first_mode
    parameters = {html_name(one.name): field_of(one, capability) for one in capability.parameters_in(mode)}
    fields = {
        **({"project": ProjectField(projects)} if projects else {}),
        **parameters,
        "variations": _variations(),
        "is_private": forms.BooleanField(
            label="Private: only you can see the prompt and the clip",
            required=False,
            help_text="Everyone can see its state and cost.",
        ),
    }
    return type("ModelForm", (CreateForm,), {"capability": capability, "mode": mode, **fields})


def _variations() -> forms.Field:
    pairs = [(number, str(number)) for number in range(1, MOST_VARIATIONS + 1)]
    return forms.TypedChoiceField(
        label="Variations",
        choices=pairs,
        coerce=int,
        initial=1,
        required=False,
        empty_value=1,  # type: ignore[arg-type]  # Django takes any value
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": f"Choose 1 to {MOST_VARIATIONS} variations."},
    )


def posted_values(data: QueryDict, *capabilities: Capability) -> dict[str, Any]:
    """What was posted, under wire names and in the parameters' types, as the first of ``capabilities`` reads it that
    has such a parameter: the model chosen now, then the one that the form was made for.

    A field that was not there, and an empty one, are left out. What cannot be read stays text.
    """
    table: dict[str, Parameter] = {}
    for capability in capabilities:
        for parameter in capability.parameters:
            table.setdefault(parameter.name, parameter)
    values = {name: posted_value(parameter, data) for name, parameter in table.items()}
    return {name: value for name, value in values.items() if value not in (None, "", (), [])}


def posted_variations(data: QueryDict) -> int:
    number = whole_number(data.get("variations", ""))
    return number if number is not None and 1 <= number <= MOST_VARIATIONS else 1


def posted_token(data: QueryDict) -> UUID:
    """The form's one-time token; a new one if it is missing or malformed."""
    try:
        return UUID(data.get("token", ""))
    except ValueError:
        return new_token()
