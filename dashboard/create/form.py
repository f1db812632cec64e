"""The form of one model, built from its capability: exactly the fields that the model takes.

Fields only read what was posted; whether a model takes it is decided by ``studio.contract.rules`` alone,
as it is for every other way of asking for a clip.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict

from dashboard.jobs.filter import whole_number
from dashboard.projects.field import ProjectField
from dashboard.words import credits_phrase
from studio.contract.capability import Capability, Choice, Limits
from studio.contract.request import GenerateRequest
from studio.contract.rules import check
from studio.jobs.submit import MOST_VARIATIONS
from studio.projects.models import Project

MOST_DURATION_BUTTONS = 8
URL_FIELDS = ("input_image_urls", "input_video_urls")
NOT_SENT = ("variations", "project", "is_private")  # ours: the studio is told nothing of them
TRUE = {"on", "true", "1"}


class AnyChoice(forms.ChoiceField):
    """Shows its choices, takes any word: the rules of the contract answer for what is not among them."""

    def valid_value(self, value: str) -> bool:
        return True


class DurationInput(forms.NumberInput):
    """A range with its number, for models with many evenly spaced durations."""

    input_type = "range"


class URLListInput(forms.Widget):
    """Several inputs of one name, in order; an input may hold several addresses, divided by white space."""

    def value_from_datadict(self, data: QueryDict, files: Any, name: str) -> list[str]:
        return " ".join(data.getlist(name)).split()

    def value_omitted_from_data(self, data: QueryDict, files: Any, name: str) -> bool:
        return name not in data


class URLListField(forms.Field):
    """An ordered list of addresses. ``limits`` are told beside it; the rules of the contract enforce them."""

    widget = URLListInput

    def __init__(self, *, limits: Limits, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.limits = limits

    def clean(self, value: list[str] | None) -> tuple[str, ...]:
        return tuple(value or ())


class CreateForm(forms.Form):
    """Base of the forms that ``form_for`` builds. Fields have the names of GenerateRequest."""

    capability: ClassVar[Capability]

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            for field, sentence in check(self.request, self.capability).items():
                self.add_error(field if field in self.fields else None, sentence)
        return self.cleaned_data

    @property
    def request(self) -> GenerateRequest:
        """What the cleaned fields ask for; what the model does not take is not in it."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in NOT_SENT}
        return GenerateRequest(model_slug=self.capability.slug, **said)

    def tell(self, field: str, sentence: str) -> None:
        """Put a sentence at a field, also of a form that nobody has sent yet."""
        self.errors[field] = self.error_class([sentence], field_id=self[field].auto_id)


def form_for(capability: Capability, projects: Sequence[Project] = ()) -> type[CreateForm]:
    """A form class with the fields that ``capability`` takes, in the order in which they are shown.

    ``projects``: those to choose from; none where there is no choice.
    """
    fields = {
        "project": ProjectField(projects) if projects else None,
        "prompt": _prompt(capability),
        "aspect_ratio": _choice("Aspect ratio", capability.aspect_ratios),
        "duration_seconds": _duration(capability.durations),
        "quality_mode": _choice("Quality", capability.quality_modes),
        "input_image_urls": _urls("Image URLs", capability.images),
        "input_video_urls": _urls("Video URLs", capability.videos),
        "sound": forms.BooleanField(label="Sound", required=False) if capability.sound else None,
        "prompt_directory_optin": _optin(capability),
        "variations": _variations(),
        "is_private": forms.BooleanField(
            label="Private: only you see the prompt and the clip",
            required=False,
            help_text="Everybody sees that it is made, and what it costs.",
        ),
    }
    taken = {name: field for name, field in fields.items() if field is not None}
    return type("ModelForm", (CreateForm,), {"capability": capability, **taken})


def _prompt(capability: Capability) -> forms.Field | None:
    if not capability.takes_prompt:
        return None
    return forms.CharField(
        label="Prompt",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def _choice(label: str, choices: tuple[Choice, ...]) -> forms.Field | None:
    if not choices:
        return None
    pairs = [(choice.value, choice.label) for choice in choices]
    return AnyChoice(label=label, choices=pairs, required=False, widget=forms.RadioSelect)


def _duration(seconds: tuple[int, ...]) -> forms.Field | None:
    if not seconds:
        return None
    steps = {after - before for before, after in pairwise(seconds)}
    if len(seconds) > MOST_DURATION_BUTTONS and len(steps) == 1:
        attrs = {"min": seconds[0], "max": seconds[-1], "step": steps.pop()}
        return forms.IntegerField(label="Duration", required=False, widget=DurationInput(attrs))
    pairs = [(number, f"{number} s") for number in seconds]
    return forms.IntegerField(label="Duration", required=False, widget=forms.RadioSelect(choices=pairs))


def _urls(label: str, limits: Limits) -> forms.Field | None:
    return URLListField(label=label, limits=limits) if limits.allows_any else None


def _optin(capability: Capability) -> forms.Field | None:
    if capability.directory_discount is None:
        return None
    return forms.BooleanField(
        label="Share in the prompt directory",
        required=False,
        help_text=f"Takes {credits_phrase(capability.directory_discount)} off. "
        "It publishes the prompt and the clip for everyone to see.",
    )


def _variations() -> forms.Field:
    pairs = [(number, str(number)) for number in range(1, MOST_VARIATIONS + 1)]
    return forms.TypedChoiceField(
        label="Variations",
        choices=pairs,
        coerce=int,
        initial=1,
        required=False,
        empty_value=1,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": f"Choose 1 to {MOST_VARIATIONS} variations."},
    )


def posted_values(data: QueryDict) -> dict[str, Any]:
    """What was posted, in GenerateRequest's names and types, whichever model it was posted for.

    A field that was not there, and a number that is none, are left out.
    """
    values: dict[str, Any] = {
        name: data[name] for name in ("prompt", "aspect_ratio", "quality_mode") if data.get(name)
    }
    if seconds := whole_number(data.get("duration_seconds", "")):
        values["duration_seconds"] = seconds
    for name in URL_FIELDS:
        if urls := URLListInput().value_from_datadict(data, None, name):
            values[name] = tuple(urls)
    for name in ("sound", "prompt_directory_optin"):
        if data.get(name, "").lower() in TRUE:
            values[name] = True
    return values


def posted_variations(data: QueryDict) -> int:
    number = whole_number(data.get("variations", ""))
    return number if number in range(1, MOST_VARIATIONS + 1) else 1


def posted_token(data: QueryDict) -> UUID:
    """The form's one-time token; a new one where it is missing or was tampered with."""
    try:
        return UUID(data.get("token", ""))
    except ValueError:
        return uuid4()
