"""The form for admins to add a parameter to a model, or correct one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms

from dashboard.create.widgets import JSONArea
from dashboard.shared.form_fields import typed_field
from studio.contract.capability import KINDS, MEDIA, Capability, Choice, Parameter
from studio.contract.corrections import parameter_of
from studio.contract.decode.capability.parameters import NAME, NOT_PARAMETERS, read_value, value_from_text
from studio.contract.encode import parameter_json
from studio.contract.known_parameters import KNOWN, label_for
from studio.contract.request import SEED_FIELDS
from studio.contract.rules import fault_in
from studio.contract.spelling.keys import plain
from studio.contract.spelling.values import figure

KIND_LABELS = {
    "text": "Text",
    "choice": "Choice",
    "integer": "Whole number",
    "number": "Number",
    "flag": "On or off",
    "image": "Image URL",
    "video": "Video URL",
    "audio": "Audio URL",
    "url": "Other URL",
    "object": "JSON object",
}
REQUIRED = {"": None, "yes": True, "no": False}
UNAVAILABLE = re.compile(r"\s*\(unavailable\)$")
LABELLED = re.compile(r"(?:^|\s)=(?:\s|$)")
MOST_CHOICES = 200
LARGEST = 2**53  # whole numbers up to here are exact in every JSON reader
MOST_DECIMALS = 6
LISTED = (
    "aspect_ratio",
    "duration_seconds",
    "quality_mode",
)  # the document describes them by their options only
BOUNDS, ITEMS = ("minimum", "maximum", "step"), ("min_items", "max_items")


def _bound(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=-LARGEST,
        max_value=LARGEST,
        decimal_places=MOST_DECIMALS,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


def _count(label: str, least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=least, max_value=1_000_000)


class ParameterForm(forms.Form):
    """If valid, ``parameter`` has the parameter. A corrected one keeps its name."""

    name = forms.CharField(
        label="Name in a request",
        max_length=80,
        help_text="Exactly as the studio spells it, such as camera_motion.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    label = forms.CharField(
        max_length=60, required=False, help_text="Shown to people. Leave empty to use the name."
    )
    kind = forms.ChoiceField(choices=[(kind, KIND_LABELS[kind]) for kind in KINDS])
    many = forms.BooleanField(label="Accepts a list", required=False)
    choices = forms.CharField(
        label="Options",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "code", "spellcheck": "false"}),
        help_text=(
            "One per line: the value, or “value = Label”. End a line with “(unavailable)” for an option that cannot"
            " be selected now."
        ),
    )
    minimum, maximum, step = _bound("Minimum"), _bound("Maximum"), _bound("Step")
    max_length = _count("Maximum characters")
    min_items, max_items = _count("Minimum items"), _count("Maximum items")
    default = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 1}),
        help_text="The initial value in forms. One item per line for a list; on or off for a switch.",
    )
    required = forms.ChoiceField(
        required=False, choices=[("", "Unknown"), ("yes", "Required"), ("no", "Optional")]
    )
    modes = forms.MultipleChoiceField(
        label="Only in these modes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave all empty for every mode.",
    )
    note = forms.CharField(
        max_length=300, required=False, help_text="Shown next to the field and in the API."
    )

    def __init__(
        self, data: Any = None, *, capability: Capability, parameter: Parameter | None = None
    ) -> None:
        super().__init__(data, initial=_initial(parameter, capability) if parameter else None)
        self.capability = capability
        self.parameter = parameter
        self.is_new = parameter is None
        if parameter:
            self.fields["name"].disabled = True
        modes = [(one.value, one.label) for one in capability.choices_of(capability.mode)]
        if modes and (parameter is None or parameter.name != capability.mode):
            typed_field(self, "modes", forms.MultipleChoiceField).choices = modes
        else:
            del self.fields["modes"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not NAME.fullmatch(name):
            raise forms.ValidationError(
                "Start with a letter. Use letters, digits, underscores, hyphens and dots."
            )
        if plain(name) in NOT_PARAMETERS:
            raise forms.ValidationError(f"“{name}” is reserved.")
        if self.is_new and self.capability.parameter(name):
            raise forms.ValidationError(
                f"{self.capability.name} already has this parameter. Correct that one."
            )
        return name

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if {"name", "kind"} <= said.keys():
            self._expect_document_kind(said)
        if "kind" in said:
            self._expect_fitting(said)
        if not self.errors:
            parameter = self._made(said)
            if parameter:
                self.parameter = self._with_default(parameter, said["default"])
                if parameter_of(parameter_json(self.parameter)) != self.parameter:
                    self.add_error(None, "One of these numbers has too many digits.")
        return said

    def _expect_document_kind(self, said: dict[str, Any]) -> None:
        """Pages and prices rely on the API document's description of its own fields."""
        name = said["name"]
        if name not in SEED_FIELDS:
            return
        known = KNOWN[name]
        if said["kind"] != known.kind:
            self.add_error("kind", f"{known.label} is always of the kind “{KIND_LABELS[known.kind]}”.")
        if said.get("many") != known.many:
            self.add_error("many", f"{known.label} is {'always' if known.many else 'never'} a list.")
        if name in LISTED and not said.get("choices"):
            self.add_error("choices", "List at least one option.")

    def _expect_fitting(self, said: dict[str, Any]) -> None:
        """Rejects values that do not apply to the kind, which would otherwise be ignored."""
        kind, has_choices = said["kind"], bool(said.get("choices"))
        if kind == "choice" and not has_choices and "choices" not in self.errors:
            self.add_error("choices", "List at least one option.")
        if has_choices and kind in ("text", "flag", "object", *MEDIA):
            self.add_error("choices", "Only choices and numbers have options.")
        if kind not in ("integer", "number") or has_choices:
            self._expect_empty(BOUNDS, "Only for numbers without options.")
        if kind != "text":
            self._expect_empty(("max_length",), "Only for text.")
        if not said.get("many"):
            self._expect_empty(ITEMS, "Only for lists.")
        self._expect_order("minimum", "maximum")
        self._expect_order("min_items", "max_items")
        if (step := said.get("step")) is not None and step <= 0:
            self.add_error("step", "A step must be more than 0.")

    def _expect_empty(self, names: Iterable[str], sentence: str) -> None:
        for name in names:
            if self.cleaned_data.get(name) is not None:
                self.add_error(name, sentence)

    def _expect_order(self, low: str, high: str) -> None:
        least, most = self.cleaned_data.get(low), self.cleaned_data.get(high)
        if least is not None and most is not None and least > most:
            self.add_error(high, f"This must be at least {figure(Decimal(least))}.")

    def _made(self, said: dict[str, Any]) -> Parameter | None:
        """Without the default; None, with an error at the field, if the options cannot be read."""
        bare = Parameter(said["name"], said["kind"], said["label"] or label_for(said["name"]))
        choices = tuple(_choices(said["choices"], bare))
        for sentence in _choice_faults(choices, bare, self.capability):
            self.add_error("choices", sentence)
            return None
        kept = {name: said[name] for name in ("many", *BOUNDS, "max_length", *ITEMS, "note")}
        return replace(
            bare,
            choices=choices,
            required=REQUIRED[said["required"]],
            modes=tuple(said.get("modes", ())),
            is_ours=True,
            **kept,
        )

    def _with_default(self, parameter: Parameter, words: str) -> Parameter:
        if not words.strip():
            return parameter
        value = value_from_text(parameter, words)
        if sentence := fault_in(value, parameter, self.capability):
            self.add_error("default", sentence)
        return replace(parameter, default=tuple(value) if isinstance(value, list) else value)


def _choices(words: str, parameter: Parameter) -> Iterator[Choice]:
    for line in filter(None, map(str.strip, words.splitlines())):
        said, is_off = UNAVAILABLE.subn("", line)
        value, *label = (part.strip() for part in LABELLED.split(said, maxsplit=1))
        plain_label = f"{value} s" if parameter.name == "duration_seconds" else value
        yield Choice(read_value(parameter, value), next(filter(None, label), plain_label), not is_off)


def _choice_faults(
    choices: tuple[Choice, ...], parameter: Parameter, capability: Capability
) -> Iterator[str]:
    if len(choices) > MOST_CHOICES:
        yield f"List up to {MOST_CHOICES} options."
    if choices and not any(choice.enabled for choice in choices):
        yield "At least one option must be available."
    seen = set()
    for choice in choices:
        if not choice.value and choice.value != 0:
            yield f"“{choice.label}” has no value."
        if fault := fault_in(choice.value, parameter, capability):
            yield fault
        if choice.value in seen:
            yield f"“{choice.value}” is listed twice."
        seen.add(choice.value)


def _initial(parameter: Parameter, capability: Capability) -> dict[str, Any]:
    """The current values. If a name has several rows, one per mode, the correction replaces all of them."""
    rows = [one for one in capability.parameters if one.name == parameter.name]
    modes = [mode for one in rows for mode in one.modes] if all(one.modes for one in rows) else []
    required = next(word for word, said in REQUIRED.items() if said is parameter.required)
    same = ("name", "label", "kind", "many", "max_length", "min_items", "max_items", "note")
    bounds = {name: getattr(parameter, name) for name in BOUNDS}
    return {
        **{name: getattr(parameter, name) for name in same},
        **{name: None if bound is None else figure(bound) for name, bound in bounds.items()},
        "choices": "\n".join(map(_line, parameter.choices)),
        "default": _words(parameter),
        "required": required,
        "modes": modes,
    }


def _line(choice: Choice) -> str:
    value = str(choice.value)
    line = value if choice.label == value else f"{value} = {choice.label}"
    return line if choice.enabled else f"{line} (unavailable)"


def _words(parameter: Parameter) -> str:
    value = parameter.default
    if value is None:
        return ""
    if parameter.kind == "object":
        return JSONArea().format_value(value)
    if parameter.kind == "flag":
        return "on" if value else "off"
    return "\n".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
