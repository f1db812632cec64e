"""Decodes one model's record, in any spelling, to its capability."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from studio.contract.capability import Capability, Choice, Parameter, PromptRule
from studio.contract.decode.capability import offer
from studio.contract.decode.capability.inputs import INPUTS, read_inputs
from studio.contract.decode.capability.modes import SELECTOR_KEYS, Modes, in_modes, modes_in, with_selector
from studio.contract.decode.capability.named import named
from studio.contract.decode.capability.options import choices, durations, ratio
from studio.contract.decode.capability.parameters import DECLARING, Table, declared, filled, read_value
from studio.contract.decode.capability.standard import choice_parameter, flag_parameter, standard_parameters
from studio.contract.decode.price.published import Reading, read_price
from studio.contract.known_parameters import KNOWN
from studio.contract.request import SEED_FIELDS
from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import flag, short_text, text, whole

SLUG = ("modelslug", "slug", "id")
NAME = ("name", "title", "label", "displayname")
_DESCRIPTION = ("description", "tagline", "summary")
_ENGINE = ("engine", "enginelabel", "enginename", "provider")
RATIOS = ("aspectratios", "ratios", "aspectratiooptions", "aspectratio", "supportedaspectratios")
DURATIONS = ("durations", "durationoptions", "durationseconds", "duration", "supporteddurations")
QUALITIES = ("qualitymodes", "qualities", "qualityoptions", "qualitymode", "quality")
_SOUND = ("sound", "hasaudio", "supportsaudio", "hassound", "supportssound", "audio")
_PROMPT = ("prompt", "promptrule", "promptrules", "promptlimits")
_PROMPT_REQUIRED = ("promptrequired", "requiresprompt")
_PROMPT_LENGTH = ("promptmaxlength", "maxpromptlength", "promptlimit", "promptmaxchars", "maxpromptchars")

_SOUND_COSTS = ("credits", "cost", "price", "surcharge", "credit", "creditspersecond", "persecond")
_CONTAINERS = (
    *("capabilities", "specs", "specifications", "features", "constraints", "limits", "options", "settings"),
    *("config", "supports", "supported", "generation", "video"),
)
_TELLING = frozenset(
    (
        *RATIOS,
        *DURATIONS,
        *QUALITIES,
        *INPUTS,
        *_SOUND,
        *_PROMPT,
        *_PROMPT_REQUIRED,
        *_PROMPT_LENGTH,
        *DECLARING,
        *map(plain, KNOWN),
        *("modes", "minduration", "maxduration", "resolutions", "supportedresolutions"),
    )
)


def lifted(record: Mapping[str, Any], depth: int = 2) -> Mapping[str, Any]:
    """The record with the content of containers such as ``capabilities`` moved to its top level, whose keys win."""
    inner: dict[str, Any] = {}
    outer = dict(record)
    for key, value in record.items():
        if depth and plain(key) in _CONTAINERS and isinstance(value, Mapping) and Fields(value).has(_TELLING):
            inner = {**lifted(value, depth - 1), **inner}
            del outer[key]
    known = {plain(key) for key in outer}
    return {**outer, **{key: value for key, value in inner.items() if plain(key) not in known}}


def decode_capability(slug: str, row: Mapping[str, Any]) -> Capability:
    """Decode the model in ``row``. The caller knows its ``slug``, from the row or from the row's key. Raises Unread."""
    record = lifted(row)
    fields = Fields(record)
    notes: list[str] = []
    fields.take(SLUG)
    for name in offer.KEYS:  # read them, so that they are not listed as unknown
        fields.take([name])
    modes = modes_in(record)
    if modes:
        fields.take([plain(modes.key)])
    inputs, base = _standard(fields, notes)
    title, description = short_text(fields.take(NAME), 100), short_text(fields.take(_DESCRIPTION), 600)
    engine = short_text(fields.take(_ENGINE), 60)
    parameters, mode = _table(fields, base, modes, notes)
    price = _price(fields, record, parameters, modes)
    started_from = {one.kind for one in parameters if one.is_media}
    inputs = tuple(kind for kind in ("text", "image", "video") if kind in {*inputs, *started_from})
    return Capability(
        slug=slug,
        name=title or slug,
        description=description,
        engine=engine,
        inputs=inputs,
        parameters=parameters if price.discount is None else _with_optin(parameters),
        mode=mode,
        directory_discount=price.discount,
        price=price.price,
        notes=tuple(dict.fromkeys(notes)),
        unknown=fields.rest(),
        raw=row,
    )


def _standard(fields: Fields, notes: list[str]) -> tuple[tuple[str, ...], Table]:
    """The kinds of input, and those of the document's fields that flat keys describe."""
    inputs, images, videos = read_inputs(fields)
    table = standard_parameters(
        inputs=inputs, prompt=_prompt_rule(fields), images=images, videos=videos, sound=_sound(fields)
    )
    found = {parameter.name: parameter for parameter in table}
    ratios = choices(fields.take(RATIOS), "aspect ratios", notes, ratio)
    lengths = durations(_durations_value(fields), notes)
    qualities = choices(fields.take(QUALITIES), "quality modes", notes)
    if ratios.choices:
        found["aspect_ratio"] = choice_parameter("aspect_ratio", ratios)
    if lengths.choices:
        found["duration_seconds"] = choice_parameter("duration_seconds", lengths, "integer")
    if qualities.choices:
        found["quality_mode"] = choice_parameter("quality_mode", qualities, required=True)
    return inputs, {name: found[name] for name in SEED_FIELDS if name in found}


def _durations_value(fields: Fields) -> Any:
    value = fields.take(DURATIONS)
    if value is None and fields.has(("minduration", "maxduration")) == 2:
        return {"min": fields.take(("minduration",)), "max": fields.take(("maxduration",))}
    return value


def _table(
    fields: Fields, base: Table, modes: Modes | None, notes: list[str]
) -> tuple[tuple[Parameter, ...], str]:
    """All parameters, and the name of the one that selects the mode."""
    selector = text(fields.take(SELECTOR_KEYS))
    found = [one for key in DECLARING if fields.has([key]) for one in declared(fields.take([key]), notes)]
    known_by = {one.name for one in found}
    also, taken = named(
        {key: value for key, value in fields.rest().items() if not modes or key != modes.key}, notes
    )
    for key in taken:
        fields.take([plain(key)])
    whole_table = [
        *(one for name, one in base.items() if name not in known_by),
        *(filled(one, base.get(one.name) or also.get(one.name)) for one in found),
        *(one for name, one in also.items() if name not in known_by | base.keys()),
    ]
    whole_table = _with_usual_values(whole_table, fields)
    if modes:
        by_name = {one.name: one for one in reversed(whole_table)}
        in_order = {one.name: by_name[one.name] for one in whole_table}
        return in_modes(in_order, modes, lambda record: _mode_table(record, notes)), modes.selector
    return with_selector(whole_table, selector)


def _mode_table(record: Mapping[str, Any], notes: list[str]) -> Table:
    """The parameters that one mode describes itself."""
    fields = Fields(lifted(record))
    _, base = _standard(fields, notes)
    if not fields.has((*INPUTS, "prompt")):
        base.pop("prompt", None)
    table, _ = _table(fields, base, None, notes)
    return {one.name: one for one in table}


def _with_usual_values(table: list[Parameter], fields: Fields) -> list[Parameter]:
    """Applies the defaults and the list of required names that a record keeps separately."""
    usual = fields.take(("defaults", "defaultvalues"))
    required = fields.take(("required", "requiredparameters", "requiredfields"))
    names = {text(name) for name in required} if isinstance(required, list) else set()
    given = {plain(name): value for name, value in usual.items()} if isinstance(usual, Mapping) else {}
    found = []
    for one in table:
        default = given.get(plain(one.name))
        if default is None and fields.has([f"default{plain(one.name)}"]):
            default = fields.take([f"default{plain(one.name)}"])
        if one.default is None and isinstance(default, str | int | float):
            read = read_value(one, default) if isinstance(default, str) else default
            one = replace(one, default=read)
        found.append(replace(one, required=True) if one.name in names else one)
    return found


def _price(
    fields: Fields, record: Mapping[str, Any], parameters: tuple[Parameter, ...], modes: Modes | None
) -> Reading:
    """Reads the price last: anything else about money that is still not understood makes the price not understood."""
    offered: dict[str, list[Choice]] = {}
    for parameter in parameters:
        offered.setdefault(parameter.name, []).extend(parameter.choices)
    also = {plain(modes.key): modes.selector} if modes else {}
    found = read_price(record, offered, record.keys() - fields.rest().keys(), also)
    for key in found.keys:
        fields.take([plain(key)])
    return found


def _with_optin(parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """Inserts the opt-in after the other fields of the document."""
    if any(one.name == "prompt_directory_optin" for one in parameters):
        return parameters
    places = [place for place, one in enumerate(parameters, 1) if one.name in SEED_FIELDS]
    place = max(places, default=0)
    return (*parameters[:place], flag_parameter("prompt_directory_optin"), *parameters[place:])


def _sound(fields: Fields) -> bool:
    """True if the model has sound. An object that only says what sound costs counts, too."""
    value = fields.take(_SOUND)
    understood = flag(value)
    if understood is None and isinstance(value, Mapping) and Fields(value).has(_SOUND_COSTS):
        return True
    if value is not None and understood is None:
        fields.give_back(value)
    return understood is True


def _prompt_rule(fields: Fields) -> PromptRule:
    """The prompt's rule from an object or from flat keys; a rule that is not understood counts as missing."""
    value = fields.take(_PROMPT)
    inner = Fields(value) if isinstance(value, Mapping) else Fields({})
    required = inner.take(("required",)) if inner.has(("required",)) else fields.take(_PROMPT_REQUIRED)
    length = inner.take(("maxlength", "max", "maxchars", "limit", "maxcharacters"))
    rule = PromptRule(
        required=_required(value if required is None else required),
        max_length=whole(fields.take(_PROMPT_LENGTH) if length is None else length),
    )
    if rule == PromptRule() and value is not None:
        fields.give_back(value)
    return rule


def _required(value: object) -> bool | None:
    if isinstance(value, str) and plain(value) in ("optional", "required", "notrequired"):
        return plain(value) == "required"
    return flag(value) if isinstance(value, bool | str) else None
