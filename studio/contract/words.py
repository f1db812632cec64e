"""The values of a request in words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from studio.contract.capability import Capability, Parameter
from studio.contract.known_parameters import KNOWN, label_for
from studio.contract.request import is_set
from studio.contract.spelling.values import text

_SHOWN_ELSEWHERE = ("model_slug", "prompt")  # shown in places of their own, like images, videos and sound
_NEEDS_NO_LABEL = ("aspect_ratio", "quality_mode", "mode", "seedance_mode")
_SHORT = {"input_image_urls": "image", "input_video_urls": "video"}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Fact:
    """One parameter of a request: its wire name, its label and its value in words."""

    name: str
    label: str
    words: str


def facts(values: Mapping[str, Any], capability: Capability | None = None) -> list[Fact]:
    """A fact for every parameter that is set, except the prompt and the inputs (see ``inputs``)."""
    mode = capability.mode_of(values) if capability else None
    found = []
    for name, value in values.items():
        parameter = parameter_of(name, capability, mode)
        if name in _SHOWN_ELSEWHERE or parameter.is_media or value is None or value == "":
            continue
        found.append(Fact(name, parameter.label, value_words(value, parameter)))
    return found


def inputs(values: Mapping[str, Any], capability: Capability | None = None) -> list[tuple[str, str]]:
    """What a clip is made from, in the order of the request: (kind of input, address)."""
    mode = capability.mode_of(values) if capability else None
    found = []
    for name, value in values.items():
        parameter = parameter_of(name, capability, mode)
        if parameter.is_media:
            what = _SHORT.get(name, parameter.label)
            found += [(what, address) for address in _addresses(value)]
    return found


def parameter_of(name: str, capability: Capability | None = None, mode: str | None = None) -> Parameter:
    """The model's parameter of that name; a plain one if the model does not describe it."""
    found = capability.parameter(name, mode) or capability.parameter(name) if capability else None
    kind = KNOWN[name].kind if name in KNOWN else "text"
    return found or Parameter(name, kind, label_for(name))


def _addresses(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (str(value),)


def value_words(value: Any, parameter: Parameter) -> str:
    """One value in words: the label of a choice, "8 s", "on", JSON for an object."""
    if parameter.name == "prompt_directory_optin":
        return "shared: prompt and clip are published"
    if isinstance(value, bool):
        return "on" if value else "off"
    if parameter.name == "duration_seconds":
        return f"{value} s"
    if isinstance(value, Mapping) or (isinstance(value, list | tuple) and any(map(_is_nested, value))):
        return _cut(json.dumps(_plain(value), ensure_ascii=False))
    if isinstance(value, list | tuple):
        return _cut(", ".join(parameter.label_of(item) for item in value))
    return _cut(parameter.label_of(value) if parameter.choices else text(value) or str(value))


def _is_nested(item: Any) -> bool:
    return isinstance(item, Mapping | list | tuple)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def phrases(values: Mapping[str, Any], capability: Capability | None = None) -> Iterator[str]:
    """Short phrases for one line: "16:9", "8 s", "Pro", "with sound", "Seed 7". What is off is left out."""
    for fact in facts(values, capability):
        value = values[fact.name]
        if not is_set(value):
            continue
        if value is True:
            yield f"with {fact.label.lower()}" if fact.name == "sound" else fact.label
        elif fact.name in _NEEDS_NO_LABEL or fact.name == "duration_seconds":
            yield fact.words
        else:
            yield f"{fact.label} {fact.words}"
