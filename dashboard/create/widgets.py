"""The form field of each parameter: chosen by its kind, unless its name has its own widget.

To give a parameter its own widget, add a row to ``OWN`` and, where the markup is special, a template.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from dashboard.shared.words import discount_words
from studio.contract.capability import Capability, Limits, Parameter
from studio.contract.decode.capability.parameters import read_value, value_from_text
from studio.contract.rules import LONGEST_OBJECT, initial_of
from studio.contract.spelling.values import figure

MOST_BUTTONS = 8
MOST_DURATION_BUTTONS = 30
LONGEST_BUTTON = 28  # characters of a label: with longer ones it becomes a list
MOST_SLIDER_STEPS = 200
SHORT_TEXT = 200  # characters: longer text gets several lines
TRUE = {"on", "true", "1"}
UNSAID = ("", "Studio’s choice")

# Names that the form uses for other things. A parameter with such a name is posted with a prefix.
RESERVED = frozenset(
    (
        *(
            "model_slug",
            "project",
            "variations",
            "is_private",
            "token",
            "made_for",
            "made_in",
            "shown_credits",
        ),
        *("send_anyway", "csrfmiddlewaretoken", "anyway"),
    )
)
GENERAL, RATIO, DURATION, ADDRESSES = (
    *("components/field.html", "create/ratio.html", "create/duration.html", "create/urls.html"),
)


def html_name(name: str) -> str:
    return f"parameter.{name}" if name in RESERVED else name


class ParameterField(forms.Field):
    """Parses one parameter of a posted form; the rules of the contract validate it."""

    template = GENERAL
    unit = ""

    def __init__(self, parameter: Parameter, **options: Any) -> None:
        super().__init__(label=parameter.label, required=False, **{"help_text": parameter.note, **options})
        self.parameter = parameter
        self.limits: Limits = parameter.limits

    def clean(self, value: Any) -> Any:
        return read_posted(self.parameter, value)

    def prepare_value(self, value: Any) -> Any:
        return value


def parameter_at(bound: BoundField) -> Parameter:
    """Return the parameter of a field. Raises TypeError for a field that is not of one."""
    if not isinstance(bound.field, ParameterField):
        raise TypeError(f"{bound.name} is no field of a parameter.")
    return bound.field.parameter


class WithDisabled(forms.widgets.ChoiceWidget):
    """Shows the options that the studio lists as unavailable, disabled."""

    disabled_values: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **kwargs)
        if str(value) in self.disabled_values:
            option["attrs"]["disabled"] = True
            option["label"] = f"{label} (unavailable)"
        return option


class RadioSelect(WithDisabled, forms.RadioSelect):
    pass


class Select(WithDisabled, forms.Select):
    pass


class CheckboxSelectMultiple(WithDisabled, forms.CheckboxSelectMultiple):
    pass


class SliderInput(forms.NumberInput):
    """A slider that shows its value, for values that are evenly spaced."""

    input_type = "range"


def posted_addresses(data: Mapping[str, Any], name: str) -> list[str]:
    """Read all addresses that were posted under a name, in order. White space divides those of one input."""
    return " ".join(cast(QueryDict, data).getlist(name)).split()


class URLListInput(forms.Widget):
    """Several inputs of one name, in order; an input may hold several URLs, separated by white space."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        return posted_addresses(data, name)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data


class AddressField(ParameterField):
    """URLs of images, videos or audio files: one, or an ordered list."""

    widget = URLListInput
    template = ADDRESSES

    def prepare_value(self, value: Any) -> Any:
        return [value] if isinstance(value, str) and value else value


class JSONArea(forms.Textarea):
    def format_value(self, value: Any) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, ensure_ascii=False, indent=2)


class ObjectField(ParameterField):
    """A JSON object, or a list of them, as text."""

    def __init__(self, parameter: Parameter, **options: Any) -> None:
        attrs = {"rows": 4, "spellcheck": "false", "class": "code", "maxlength": LONGEST_OBJECT}
        super().__init__(parameter, widget=JSONArea(attrs), **options)

    def clean(self, value: Any) -> Any:
        words = str(value or "").strip()
        try:
            return json.loads(words) if words else None
        except ValueError as error:
            raise forms.ValidationError(json_fault(error)) from None


class Lines(forms.Textarea):
    """A list, one item per line."""

    def format_value(self, value: Any) -> str:
        return value if isinstance(value, str) else "\n".join(map(str, value or ()))


def json_fault(error: ValueError) -> str:
    place = f" Line {error.lineno}, column {error.colno}." if isinstance(error, json.JSONDecodeError) else ""
    return f'This is not valid JSON.{place} Write an object such as {{"key": "value"}}.'


def read_posted(parameter: Parameter, said: Any) -> Any:
    """A posted value, or several, in the parameter's type; what cannot be read stays text."""
    if isinstance(said, list | tuple):
        items = tuple(read_value(parameter, word) for word in map(str, said) if word.strip())
        return items if parameter.many else next(iter(items), None)
    if isinstance(said, bool) or said is None:
        return said
    return value_from_text(parameter, str(said))


def posted_value(parameter: Parameter, data: QueryDict) -> Any:
    """What a form has for one parameter, whichever model it was built for; None for nothing."""
    name = html_name(parameter.name)
    if name not in data:
        return None
    if parameter.kind == "flag":
        return data.get(name, "").lower() in TRUE or None
    if parameter.is_media:
        return read_posted(parameter, URLListInput().value_from_datadict(data, None, name))
    if parameter.many and parameter.choices:
        return read_posted(parameter, data.getlist(name))
    return read_posted(parameter, data.get(name, ""))


def field_of(parameter: Parameter, capability: Capability) -> forms.Field:
    make = OWN.get(parameter.name) or _BY_KIND.get(parameter.kind, _text)
    return make(parameter, capability)


def default_field(parameter: Parameter, capability: Capability, none: tuple[str, str]) -> forms.Field:
    """A field for a project's default: as above, but it may stay empty. ``none`` is that option."""
    if parameter.choices and not parameter.many:
        enabled = [(str(one.value), one.label) for one in parameter.enabled_choices]
        return ParameterField(parameter, widget=forms.Select(choices=[none, *enabled]))
    if parameter.kind in ("integer", "number") and not parameter.many:
        return _number(replace(parameter, default=None), capability)
    return field_of(parameter, capability)


def _text(parameter: Parameter, capability: Capability) -> forms.Field:
    most = parameter.max_length
    attrs = {"maxlength": most} if most else {}
    hint = parameter.note or (f"Up to {most:,} characters." if most else "")
    if parameter.choices:
        return _choice(parameter, capability)
    if parameter.many:
        return ParameterField(parameter, widget=Lines(attrs={"rows": 3}), help_text=hint or "One per line.")
    is_long = "prompt" in parameter.name or (most or 0) > SHORT_TEXT
    widget = forms.Textarea(attrs={"rows": 2}) if is_long else forms.TextInput(attrs=attrs)
    return ParameterField(parameter, widget=widget, help_text=hint)


def _choice(parameter: Parameter, capability: Capability, most: int = MOST_BUTTONS) -> ParameterField:
    """Buttons for a few short options, else a select."""
    pairs = [(str(one.value), one.label) for one in parameter.choices]
    if not parameter.choices:
        return ParameterField(parameter, widget=forms.TextInput())
    disabled = frozenset(str(one.value) for one in parameter.choices if not one.enabled)
    if parameter.many:
        return _with(CheckboxSelectMultiple(choices=pairs), disabled, parameter)
    fits = len(pairs) <= most and all(len(label) <= LONGEST_BUTTON for _, label in pairs)
    if not _begins_with_a_value(parameter, capability):
        pairs = [UNSAID, *pairs]
    return _with((RadioSelect if fits else Select)(choices=pairs), disabled, parameter)


def _with(widget: Any, disabled: frozenset[str], parameter: Parameter) -> ParameterField:
    field = ParameterField(parameter, widget=widget)
    field.widget.disabled_values = disabled
    return field


def _begins_with_a_value(parameter: Parameter, capability: Capability) -> bool:
    return bool(parameter.required) or initial_of(parameter, capability) is not None


def _number(parameter: Parameter, capability: Capability) -> forms.Field:
    if parameter.choices:
        return _choice(parameter, capability)
    if parameter.many:
        return ParameterField(parameter, widget=Lines(attrs={"rows": 3}))
    low, high, step = parameter.minimum, parameter.maximum, parameter.step
    attrs = {name: figure(bound) for name, bound in (("min", low), ("max", high)) if bound is not None}
    attrs["step"] = figure(step) if step else "1" if parameter.kind == "integer" else "any"
    if parameter.default is not None and _steps(parameter) <= MOST_SLIDER_STEPS:
        field = ParameterField(parameter, widget=SliderInput(attrs))
        field.template = DURATION
        return field
    hint = parameter.note or _range(low, high)
    return ParameterField(parameter, widget=forms.NumberInput(attrs | {"class": "short"}), help_text=hint)


def _steps(parameter: Parameter) -> float:
    low, high = parameter.minimum, parameter.maximum
    step = parameter.step or (Decimal(1) if parameter.kind == "integer" else None)
    return float("inf") if low is None or high is None or step is None else float((high - low) / step)


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"{low:,f} to {high:,f}."
    return f"At least {low:,f}." if low is not None else f"At most {high:,f}." if high is not None else ""


def _flag(parameter: Parameter, capability: Capability) -> forms.Field:
    return ParameterField(parameter, widget=forms.CheckboxInput())


def _addresses(parameter: Parameter, capability: Capability) -> forms.Field:
    return AddressField(parameter, help_text="" if parameter.name in _SEED_INPUTS else parameter.note)


_SEED_INPUTS = ("input_image_urls", "input_video_urls")


def _object_field(parameter: Parameter, capability: Capability) -> forms.Field:
    shape = "A list of JSON objects." if parameter.many else "A JSON object."
    return ObjectField(parameter, help_text=f"{parameter.note} {shape}".strip())


def _ratio(parameter: Parameter, capability: Capability) -> ParameterField:
    """Draws each ratio as a frame."""
    field = _choice(parameter, capability)
    field.template = RATIO
    field.help_text = ""
    return field


def _duration(parameter: Parameter, capability: Capability) -> ParameterField:
    """Buttons, or a slider for many evenly spaced lengths."""
    seconds = [one.value for one in parameter.enabled_choices]
    steps = {after - before for before, after in pairwise(seconds)}
    if len(parameter.choices) == len(seconds) > MOST_BUTTONS and len(steps) == 1:
        attrs = {"min": seconds[0], "max": seconds[-1], "step": steps.pop()}
        field = ParameterField(parameter, widget=SliderInput(attrs))
        field.unit = "s"
    else:
        field = _choice(parameter, capability, most=MOST_DURATION_BUTTONS)
    field.template = DURATION
    return field


def _prompt(parameter: Parameter, capability: Capability) -> forms.Field:
    return ParameterField(parameter, widget=forms.Textarea(attrs={"rows": 4}), help_text="")


def _optin(parameter: Parameter, capability: Capability) -> forms.Field:
    off = capability.directory_discount
    field = _flag(parameter, capability)
    publishes = "Publishes the prompt and the clip for everyone to see."
    field.help_text = publishes if off is None else f"{discount_words(off).capitalize()}. {publishes}"
    return field


Maker = Callable[[Parameter, Capability], forms.Field]
OWN: Mapping[str, Maker] = {
    "prompt": _prompt,
    "aspect_ratio": _ratio,
    "duration_seconds": _duration,
    "prompt_directory_optin": _optin,
}
_BY_KIND: Mapping[str, Maker] = {
    "text": _text,
    "choice": _choice,
    "integer": _number,
    "number": _number,
    "flag": _flag,
    "object": _object_field,
    **dict.fromkeys(("image", "video", "audio", "url"), _addresses),
}
