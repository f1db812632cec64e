"""A preset of a model: an API request. Its form depends on the model, everything else on the form."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dashboard.create.form import NOT_SENT, CreateForm, form_for, posted_values
from dashboard.create.widgets import Lines, ParameterField, html_name, posted_addresses
from dashboard.models.preset.answers import Answer, answers
from dashboard.models.preset.snippets import KEY, Snippet, snippets, status_snippets
from dashboard.shared.words import credits_phrase
from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.capability import Capability, Limits
from studio.contract.price import Estimate
from studio.contract.request import GenerateRequest
from studio.contract.rules import check, defaults, legal_mode, without_idle_flags
from studio.gateway.openapi.document import origin_of
from studio.jobs.money.estimating import price_of

LEFT_OUT = (*NOT_SENT, "prompt_directory_optin")
PROMPT = "A lighthouse at dawn, slow push in, gulls passing"
EXAMPLES = {
    "image": "https://example.com/harbour.jpg",
    "video": "https://example.com/harbour.mp4",
    "audio": "https://example.com/gulls.mp3",
    "url": "https://example.com/harbour",
}


@dataclass(frozen=True)
class Preset:
    """The values for the template are computed when it reads them."""

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
        """How the price is calculated, unless it is just the figure: "for 720p", "5 s × 20 credits"."""
        return self.price.basis.removeprefix(credits_phrase(self.price.credits or 0)).strip()

    @property
    def complaints(self) -> list[str]:
        """The reasons why it would be rejected, in sentences."""
        return list(check(self.request, self.model.capability).values())

    @property
    def generate(self) -> list[Snippet]:
        return snippets(self.request, self.origin)

    @property
    def follow(self) -> list[Snippet]:
        return status_snippets(self.origin)

    @property
    def opens_for(self) -> int:
        """Hours for which the URL of a result works without a token."""
        return settings.RESULT_URL_HOURS

    @property
    def answers(self) -> list[Answer]:
        return list(answers(self.request, self.model.capability, self.price.credits))


def is_scriptable(model: StudioModel) -> bool:
    """Scripts, like the create page, use the default connection."""
    return model.is_offered and model.connection == default_connection()


def first_preset(model: StudioModel, asking: HttpRequest) -> Preset:
    """The initial preset, with example values for the required parameters."""
    capability = model.capability
    mode = capability.first_mode
    values = {**defaults(capability, mode), **_example(capability, mode)}
    initial = {html_name(name): value for name, value in values.items()}
    return _preset(model, _form(capability, mode)(initial=initial), values, asking)


def posted_preset(model: StudioModel, asking: HttpRequest) -> Preset:
    """The posted values, valid or not: see ``complaints``."""
    capability = model.capability
    said = posted_values(asking.POST, capability)
    mode = legal_mode(said, capability)
    form = _form(capability, mode)(asking.POST)
    off = {one.name: False for one in capability.parameters_in(mode) if one.kind == "flag"}
    shown = {name: value for name, value in {**off, **said}.items() if html_name(name) in form.fields}
    return _preset(model, form, shown, asking)


def _preset(model: StudioModel, form: CreateForm, values: Mapping[str, Any], asking: HttpRequest) -> Preset:
    request = without_idle_flags(model.capability, values)
    return Preset(model, form, request, origin_of(asking))


def _example(capability: Capability, mode: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"prompt": PROMPT} if capability.parameter("prompt", mode) else {}
    for parameter in capability.parameters_in(mode):
        if parameter.is_media and parameter.limits.min:
            urls = _addresses(EXAMPLES[parameter.kind], parameter.limits)
            found[parameter.name] = urls if parameter.many else urls[0]
    return found


def _addresses(url: str, limits: Limits) -> tuple[str, ...]:
    """As many URLs as are required: harbour.jpg, harbour-2.jpg …"""
    stem, dot, ending = url.rpartition(".")
    return (url, *(f"{stem}-{number}{dot}{ending}" for number in range(2, limits.min + 1)))


class AddressLines(Lines):
    """URLs, one per line."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        return posted_addresses(data, name)


def _form(capability: Capability, mode: str | None) -> type[CreateForm]:
    """The model's own fields, as on the create page, without fields of Dailies."""
    form: type[CreateForm] = type("PresetForm", (form_for(capability, mode=mode),), dict.fromkeys(LEFT_OUT))
    for field in form.base_fields.values():
        if isinstance(field, ParameterField) and field.parameter.is_media:
            field.widget = AddressLines(
                attrs={"rows": 2 if field.parameter.many else 1, "spellcheck": "false"}
            )
    return form
