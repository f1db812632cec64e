"""A preset of a model: what a script would ask for. Its form follows the model, and all the rest follows the form."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, QueryDict

from dashboard.create.form import NOT_SENT, URL_FIELDS, CreateForm, form_for, posted_values
from dashboard.models.answers import Answer, answers
from dashboard.models.snippets import KEY, Snippet, snippets, status_snippets
from dashboard.words import credits_phrase
from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.capability import Capability, Limits
from studio.contract.price import Estimate
from studio.contract.request import GenerateRequest
from studio.contract.rules import check, defaults
from studio.gateway.openapi.document import origin_of
from studio.jobs.pricing import price_of

LEFT_OUT = (*NOT_SENT, "prompt_directory_optin")
PROMPT = "A lighthouse at dawn, slow push in, gulls passing"
INPUTS = ("https://example.com/harbour.jpg", "https://example.com/harbour.mp4")  # in the order of URL_FIELDS


@dataclass(frozen=True)
class Preset:
    """All that a template shows of it is found out when it asks."""

    model: StudioModel
    form: CreateForm
    request: GenerateRequest
    origin: str
    key = KEY

    @cached_property
    def price(self) -> Estimate:
        return price_of(self.request, self.model)

    @property
    def basis(self) -> str:
        """What the price is made of, where it is more than its figure: "for 720p", "5 s × 20 credits"."""
        return self.price.basis.removeprefix(credits_phrase(self.price.credits or 0)).strip()

    @property
    def complaints(self) -> list[str]:
        """Why it would be refused, in sentences."""
        return list(check(self.request, self.model.capability).values())

    @property
    def generate(self) -> list[Snippet]:
        return snippets(self.request, self.origin)

    @property
    def follow(self) -> list[Snippet]:
        return status_snippets(self.origin)

    @property
    def opens_for(self) -> int:
        """Hours that the address of a result opens without a token."""
        return settings.RESULT_URL_HOURS

    @property
    def answers(self) -> list[Answer]:
        return list(answers(self.request, self.model.capability, self.price.credits))


def is_scriptable(model: StudioModel) -> bool:
    """Scripts, like the create page, ask for clips where new ones are made."""
    return model.is_offered and model.connection == default_connection()


def first_preset(model: StudioModel, asking: HttpRequest) -> Preset:
    """As a fresh form begins, with an example of what the model cannot do without."""
    capability = model.capability
    values = {**defaults(capability), **_example(capability)}
    return _preset(model, _form(capability)(initial=values), values, asking)


def posted_preset(model: StudioModel, asking: HttpRequest) -> Preset:
    """Whatever was typed, right or wrong: ``complaints`` tell."""
    form = _form(model.capability)(asking.POST)
    said = _said(asking.POST, model.capability)
    return _preset(model, form, {name: said[name] for name in said if name in form.fields}, asking)


def _preset(model: StudioModel, form: CreateForm, values: Mapping[str, Any], asking: HttpRequest) -> Preset:
    return Preset(model, form, GenerateRequest(model_slug=model.slug, **values), origin_of(asking))


def _said(data: QueryDict, capability: Capability) -> dict[str, Any]:
    """Of sound, silence is said, too."""
    said = posted_values(data)
    return {"sound": False, **said} if capability.sound else said


def _example(capability: Capability) -> dict[str, Any]:
    found: dict[str, Any] = {"prompt": PROMPT} if capability.takes_prompt else {}
    for name, limits, url in zip(URL_FIELDS, (capability.images, capability.videos), INPUTS, strict=True):
        if limits.min:
            found[name] = _addresses(url, limits)
    return found


def _addresses(url: str, limits: Limits) -> tuple[str, ...]:
    """As many as are needed: harbour.jpg, harbour-2.jpg …"""
    stem, dot, ending = url.rpartition(".")
    return (url, *(f"{stem}-{number}{dot}{ending}" for number in range(2, limits.min + 1)))


class Lines(forms.Textarea):
    """Addresses, one in a line."""

    def format_value(self, value: Any) -> str:
        return "\n".join(value or ())


def _form(capability: Capability) -> type[CreateForm]:
    """The model's own fields, as the create page has them, without those that are ours."""
    form = type("PresetForm", (form_for(capability),), dict.fromkeys(LEFT_OUT))
    for name in URL_FIELDS:
        if name in form.base_fields:
            form.base_fields[name].widget = Lines(attrs={"rows": 2, "spellcheck": "false"})
    return form
