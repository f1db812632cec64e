"""Reads keys that only name a parameter: ``seedance_modes: [...]``, ``seed: {min, max}``, ``supports_sound``.

Each becomes a parameter of the best kind, never required. Keys that describe the model (tags, examples, links) or its
price are skipped.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from studio.contract.capability import Parameter
from studio.contract.decode.capability.parameters import Table, parameter_from
from studio.contract.known_parameters import KNOWN
from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import VALUE_KEYS, flag, text

_PREFIX = re.compile(
    r"^(supported|allowed|available|supports|support|has|enable|enables|accepts|allow|allows)[_\- ]+"
)
_SUFFIX = re.compile(r"[_\- ]+(options|choices|values|supported)$")
_DESCRIBING = frozenset(
    (
        *(
            "tags",
            "tag",
            "categories",
            "category",
            "badges",
            "features",
            "examples",
            "exampleprompts",
            "samples",
        ),
        *(
            "sampleprompts",
            "usecases",
            "tasks",
            "tasktypes",
            "types",
            "providers",
            "languages",
            "regions",
            "countries",
        ),
        *(
            "notes",
            "links",
            "docs",
            "aliases",
            "keywords",
            "previews",
            "thumbnails",
            "versions",
            "changelog",
            "tiers",
        ),
        *(
            "plans",
            "requirements",
            "warnings",
            "limitations",
            "strengths",
            "authors",
            "inputs",
            "outputs",
            "formats",
        ),
        *(
            "outputformats",
            "capabilities",
            "endpoints",
            "urls",
            "images",
            "videos",
            "screenshots",
            "ratelimits",
        ),
        *(
            "limits",
            "meta",
            "metadata",
            "status",
            "stats",
            "license",
            "owner",
            "vendor",
            "provider",
            "x",
            "errors",
        ),
        *("modalities", "inputmodalities", "outputmodalities", "required", "requiredparameters", "defaults"),
    )
)
_PRICE = re.compile(
    r"credit|price|pricing|cost|billing|surcharge|discount|\bsku|skus|minimum_charge|minimumcharge"
)
_PASSED_ON = (
    "allowedpassthroughparameters",
    "passthroughparameters",
    "supportedparameters",
    "optionalparameters",
)
_FRAMES = ("supportedframeimages", "frameimages")
_SPEC = frozenset(("type", "kind", "options", "choices", "enum", "allowed", "default", "values"))
_SPAN = frozenset(("min", "max", "minimum", "maximum"))
_MOST_OPTIONS = 600
_BY_PLAIN_NAME = {plain(name): name for name in KNOWN} | {
    plain(re.sub(r"_urls?$", "", name)): name for name in KNOWN if re.search(r"_urls?$", name)
}


def named(rest: Mapping[str, Any], notes: list[str]) -> tuple[Table, set[str]]:
    """Parameters by wire name, and the keys of ``rest`` that they were read from."""
    found: Table = {}
    taken: set[str] = set()
    for key, value in rest.items():
        for name, spec in _specs(key, value):
            parameter = parameter_from(name, spec, notes, None)
            if parameter is None:
                continue
            found.setdefault(parameter.name, _by_its_limits(parameter, spec))
            taken.add(key)
    return found, taken


def _specs(key: str, value: Any) -> Iterable[tuple[str, Any]]:
    word = plain(key)
    if word in _PASSED_ON and isinstance(value, list):
        return [(_wire(text(name)), {}) for name in value if text(name)]
    if word in _FRAMES and isinstance(value, list):
        return [(_wire(text(name)), {}) for name in value if _wire(text(name)) in KNOWN]
    name = _name(key)
    if plain(name) in _DESCRIBING or word in _DESCRIBING or _PRICE.search(word):
        return []
    wire = _wire(name)
    if isinstance(value, bool):
        return [(wire, {})] if value and wire in KNOWN else []
    if isinstance(value, list):
        return [(_singular(wire), {"options": value})] if _are_options(value) else []
    if isinstance(value, Mapping):
        keys = {plain(inner) for inner in value}
        if wire in KNOWN and flag(Fields(value).take(("supported", "available", "enabled"))) is False:
            return []
        return [(wire, value)] if wire in KNOWN or keys & _SPEC or len(keys & _SPAN) == 2 else []
    return []


def _name(key: str) -> str:
    """The key without "supported", "options" and similar words."""
    return _SUFFIX.sub("", _PREFIX.sub("", key.strip())) or key


def _wire(name: str) -> str:
    """The wire name of a key: a well-known one in any spelling, else the key as it is written."""
    word = plain(name)
    singular = plain(_singular(name))
    return _BY_PLAIN_NAME.get(word) or _BY_PLAIN_NAME.get(singular) or re.sub(r"[\s\-]+", "_", name.strip())


def _singular(name: str) -> str:
    if name in KNOWN or not name.endswith("s") or name.endswith("ss"):
        return name
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-2] if re.search(r"(x|ch|sh)es$", name) else name[:-1]


def _are_options(value: list[Any]) -> bool:
    """True for a list of values to choose from: text, figures, or objects with a value."""
    if not 1 <= len(value) <= _MOST_OPTIONS:
        return False
    return all(
        isinstance(item, str | int | float)
        or (isinstance(item, Mapping) and Fields(item).has((*VALUE_KEYS, "name")))
        for item in value
    )


def _by_its_limits(parameter: Parameter, spec: Any) -> Parameter:
    """Drops "required" unless the spec says it explicitly: ``max`` bounds a list, it does not require one."""
    if isinstance(spec, Mapping) and flag(Fields(spec).take(("required",))) is True:
        return parameter
    return replace(parameter, required=None)
