"""Reads the parameters that a record declares: as a list or a JSON Schema.

``declared`` returns parameters in the record's order, and adds a sentence to ``notes`` for what it could not read.
Keys that only name a parameter are read by ``studio.contract.decode.capability.named``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from studio.contract.capability import Choice, Parameter
from studio.contract.decode.capability.options import Offered, bound, choices, durations, ratio
from studio.contract.known_parameters import KNOWN, label_for
from studio.contract.spelling.keys import Fields, is_blank, plain
from studio.contract.spelling.values import flag, in_quotes, says_none, short_text, text, whole

Table = dict[str, Parameter]

DECLARING = (
    *(
        "parameters",
        "params",
        "inputschema",
        "parameterschema",
        "requestschema",
        "schema",
        "fields",
        "arguments",
    ),
    *("properties", "inputparameters", "extraparameters"),
)
_OPTIONS = ("options", "choices", "enum", "values", "allowed", "allowedvalues", "oneofvalues", "supported")
NOT_PARAMETERS = frozenset(("modelslug", "model", "modelid", "slug", "webhookurl", "callbackurl"))
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,79}")
_MOST = 200  # parameters of one model

# Other spellings of the document's fields: a parameter declared under one of these is sent under the document's name.
_SEED_NAMES = {
    "prompt": "prompt",
    **dict.fromkeys(("aspectratio", "ratio", "aspectratios"), "aspect_ratio"),
    **dict.fromkeys(("duration", "durationseconds", "durations", "seconds"), "duration_seconds"),
    **dict.fromkeys(("quality", "qualitymode", "qualitymodes"), "quality_mode"),
    **dict.fromkeys(("inputimageurls", "imageurls", "inputimages"), "input_image_urls"),
    **dict.fromkeys(("inputvideourls", "videourls", "inputvideos"), "input_video_urls"),
    **dict.fromkeys(("sound", "withsound"), "sound"),
    **dict.fromkeys(("promptdirectoryoptin",), "prompt_directory_optin"),
}
_KNOWN_NAMES = {plain(name): name for name in KNOWN} | {
    plain(re.sub(r"_urls?$", "", name)): name
    for name in KNOWN
    if name.endswith(("_url", "_urls")) and name not in ("input_image_urls", "input_video_urls")
}

_KIND_OF = {
    **dict.fromkeys(("text", "string", "str", "textarea", "longtext", "prompt"), "text"),
    **dict.fromkeys(
        ("choice", "select", "enum", "dropdown", "radio", "option", "options", "choices"), "choice"
    ),
    **dict.fromkeys(("integer", "int", "wholenumber"), "integer"),
    **dict.fromkeys(("number", "float", "double", "decimal", "slider", "range"), "number"),
    **dict.fromkeys(("boolean", "bool", "flag", "toggle", "checkbox", "switch"), "flag"),
    **dict.fromkeys(("image", "imageurl", "picture", "photo", "images"), "image"),
    **dict.fromkeys(("video", "videourl", "videos"), "video"),
    **dict.fromkeys(("audio", "audiourl", "soundfile"), "audio"),
    **dict.fromkeys(("url", "uri", "file", "fileurl", "urls"), "url"),
    **dict.fromkeys(("object", "json", "dict", "map"), "object"),
}
_LISTS = {
    **dict.fromkeys(("array", "list", "multiselect"), ""),
    **dict.fromkeys(("urllist", "urls", "listofurls"), "url"),
    **dict.fromkeys(("imagelist", "images"), "image"),
    **dict.fromkeys(("videolist", "videos"), "video"),
}
_MEDIA_NAMES = (
    ("image", re.compile(r"image|frame|picture|photo")),
    ("video", re.compile(r"video|clip|motion")),
    ("audio", re.compile(r"audio|voice|music")),
)
_ADDRESS_NAME = re.compile(r"(^|_)(url|uri|urls|uris)$")


def declared(value: object, notes: list[str]) -> list[Parameter]:
    """Parameters from a JSON Schema, a list of named parameters, or an object name → description.

    A name occurs more than once only with different modes.
    """
    found: dict[tuple[str, tuple[str, ...]], Parameter] = {}
    for name, spec, required in _specs(value):
        if plain(name) in NOT_PARAMETERS:
            continue
        parameter = parameter_from(name, spec, notes, required)
        if parameter is None:
            continue
        if len(found) == _MOST:
            notes.append(f"Only the first {_MOST} of its parameters are listed.")
            break
        found.setdefault((parameter.name, parameter.modes), parameter)
    return list(found.values())


def _specs(value: object) -> Iterator[tuple[str, object, bool | None]]:
    if isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, Mapping):
                yield text(Fields(item).take(("name", "key", "id", "field", "parameter", "slug"))), item, None
            elif isinstance(item, str):
                yield item, {}, None
    elif isinstance(value, Mapping):
        fields = Fields(value)
        properties = fields.take(("properties",))
        if isinstance(properties, Mapping):
            yield from _of_schema(properties, fields, value)
        elif not fields.has(("type",)) or isinstance(fields.take(("type",)), Mapping):
            yield from ((name, spec, None) for name, spec in value.items())


def _of_schema(
    properties: Mapping[str, Any], fields: Fields, schema: Mapping[str, Any]
) -> Iterator[tuple[str, object, bool | None]]:
    listed = next((value for key, value in schema.items() if plain(key) == "required"), None)
    required = {text(name) for name in listed} if isinstance(listed, list) else None
    for name, spec in properties.items():
        yield name, _resolved(spec, schema), (name in required) if required is not None else None


def _resolved(spec: object, schema: Mapping[str, Any], depth: int = 4) -> object:
    """A property with its local references resolved and its "or null" removed."""
    if not isinstance(spec, Mapping) or not depth:
        return spec
    if isinstance(reference := spec.get("$ref"), str) and reference.startswith("#/"):
        place: Any = schema
        for step in reference[2:].split("/"):
            place = place.get(step) if isinstance(place, Mapping) else None
        rest = {key: value for key, value in spec.items() if key != "$ref"}
        return _resolved({**place, **rest} if isinstance(place, Mapping) else rest, schema, depth - 1)
    for key in ("anyOf", "oneOf", "allOf"):
        variants = spec.get(key)
        if isinstance(variants, list):
            real = [one for one in variants if isinstance(one, Mapping) and one.get("type") != "null"]
            if len(real) == 1:
                rest = {name: value for name, value in spec.items() if name != key}
                return _resolved({**real[0], **rest}, schema, depth - 1)
    if isinstance(items := spec.get("items"), Mapping):
        return {**spec, "items": _resolved(items, schema, depth - 1)}
    return spec


def parameter_from(
    name: str, spec: object, notes: list[str], required: bool | None = None
) -> Parameter | None:
    """One declared parameter; None, with a note, if its name cannot be sent."""
    if not NAME.fullmatch(name):
        if name:
            notes.append(f"A parameter named {in_quotes(name)} is left out: that is no name of a field.")
        return None
    fields = Fields(_as_spec(spec))
    kind, many = _kind(name, fields)
    wire = _wire_name(name, kind, many)
    known = KNOWN.get(wire)
    label = short_text(fields.take(("label", "title", "displayname")), 60) or label_for(wire)
    if known and wire in _SEED_NAMES.values():
        kind, many = known.kind, known.many
    offered, kind = _offered(wire, kind, fields, label, notes)
    parameter = Parameter(
        wire,
        kind,
        label,
        offered.choices,
        many,
        required=_required(fields, required),
        modes=_modes(fields),
        note=short_text(fields.take(("note", "description", "help", "hint", "helptext", "tooltip")), 300),
    )
    parameter = _bounded(parameter, fields)
    return replace(
        parameter,
        default=_default(fields, offered, parameter),
        is_ours=flag(fields.take(("isours",))) is True,
    )


def _as_spec(spec: object) -> Mapping[str, Any]:
    """A description as an object. A short one may be options, a kind, or a note."""
    if isinstance(spec, Mapping):
        items = spec.get("items")
        return {**items, "type": "array", **spec} if isinstance(items, Mapping) else spec
    if isinstance(spec, list):
        return {"options": spec}
    if isinstance(spec, str):
        return {"type": spec} if plain(spec) in _KIND_OF or plain(spec) in _LISTS else {"note": spec}
    return {}


def _wire_name(name: str, kind: str, many: bool) -> str:
    """The declared name, except for another spelling of a field in the API's document."""
    wire = _SEED_NAMES.get(plain(name), name)
    if wire == name or wire not in KNOWN:
        return name
    return wire if not KNOWN[wire].many or many else name


def _kind(name: str, fields: Fields) -> tuple[str, bool]:
    """The kind and whether it is a list: as declared, else as the name is known, else guessed from the other keys."""
    known = KNOWN.get(name)
    word = plain(text(_first_type(fields.take(("kind", "type", "widget", "inputtype")))))
    items = fields.take(("items",))
    inner = plain(text(Fields(items).take(("type", "kind")))) if isinstance(items, Mapping) else ""
    many = word in _LISTS or flag(fields.take(("many", "multiple", "islist"))) is True
    kind = _KIND_OF.get(inner) if inner else _LISTS.get(word) or _KIND_OF.get(word)
    if fields.has(("items", "maxitems", "minitems")) and not word:
        many = True
    if kind in (None, "", "text") and (media := _media_kind(name, fields)):
        kind = media
    if not word and not kind and known:
        return known.kind, known.many
    if not kind:
        kind = _kind_by_looks(fields)
    return kind, many or (kind in ("image", "video", "audio", "url") and bool(known and known.many))


def _first_type(value: object) -> object:
    """``["string", "null"]`` is "string"."""
    if isinstance(value, list):
        return next((word for word in value if word != "null"), "")
    return value


def _media_kind(name: str, fields: Fields) -> str:
    """The kind of media whose address it holds; "" if it does not look like an address."""
    known = KNOWN.get(name)
    formatted = plain(text(fields.take(("format",)))) in ("uri", "url", "datauri", "uriorbase64")
    if not formatted and not _ADDRESS_NAME.search(name.lower()):
        return ""
    if known and known.kind in ("image", "video", "audio"):
        return known.kind
    return next((kind for kind, looks in _MEDIA_NAMES if looks.search(name.lower())), "url")


def _kind_by_looks(fields: Fields) -> str:
    if fields.has(_OPTIONS):
        return "choice"
    bounds = [fields.take([name]) for name in ("min", "max", "minimum", "maximum", "step", "default")]
    figures = [value for value in bounds if isinstance(value, int | float) and not isinstance(value, bool)]
    if isinstance(fields.take(("default",)), bool):
        return "flag"
    if figures:
        return "integer" if all(float(value).is_integer() for value in figures) else "number"
    return "text"


def _offered(wire: str, kind: str, fields: Fields, label: str, notes: list[str]) -> tuple[Offered, str]:
    value = fields.take(_OPTIONS)
    if wire == "duration_seconds":
        spans = fields.has(("min", "minimum")) and fields.has(("max", "maximum"))
        whole_spec = {
            name: fields.take((name, long)) for name, long in (("min", "minimum"), ("max", "maximum"))
        }
        span = {**whole_spec, "step": fields.take(("step", "multipleof"))} if spans else None
        return durations(value if value is not None else span, notes), "integer"
    if kind in ("flag", "object", "image", "video", "audio", "url") or says_none(value):
        return Offered(), "text" if kind == "choice" else kind
    offered = choices(value, f"options of “{label}”", notes, ratio if wire == "aspect_ratio" else None)
    return offered, _kind_of_choices(offered.choices, kind)


def _kind_of_choices(found: tuple[Choice, ...], kind: str) -> str:
    values = [choice.value for choice in found]
    if not values:
        return "text" if kind == "choice" else kind
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return "integer"
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "number"
    return "choice"


_GAPS = (
    *("choices", "minimum", "maximum", "step", "default", "required", "max_length", "min_items", "max_items"),
    "note",
)


def filled(parameter: Parameter, other: Parameter | None) -> Parameter:
    """Fill what a declaration leaves open from another description of the same parameter."""
    if other is None:
        return parameter
    gaps = {name: getattr(other, name) for name in _GAPS if getattr(parameter, name) in (None, (), "")}
    kind = other.kind if parameter.kind == "text" and gaps.get("choices") else parameter.kind
    return replace(parameter, kind=kind, **gaps)


def _required(fields: Fields, listed: bool | None) -> bool | None:
    value = flag(fields.take(("required", "isrequired")))
    if value is None and flag(fields.take(("optional",))) is True:
        value = False
    return listed if value is None else value


def _modes(fields: Fields) -> tuple[str, ...]:
    value = fields.take(("modes", "onlyinmodes", "availablein"))
    items = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return tuple(filter(None, map(text, items)))


def _bounded(parameter: Parameter, fields: Fields) -> Parameter:
    low = bound(fields.take(("minimum", "min", "gte", "ge", "from")))
    high = bound(fields.take(("maximum", "max", "lte", "le", "to")))
    if parameter.many:
        least, most = (
            whole(fields.take(("minitems", "mincount"))),
            whole(fields.take(("maxitems", "maxcount", "limit"))),
        )
        least, most = (least if least is not None else _int(low)), (most if most is not None else _int(high))
        return replace(parameter, min_items=least or None, max_items=most)
    if parameter.kind == "text":
        return replace(parameter, max_length=_most_letters(fields, high))
    if parameter.kind not in ("integer", "number") or parameter.choices:
        return parameter
    step = bound(fields.take(("step", "multipleof", "increment")))
    if low is not None and high is not None and low > high:
        low = high = None
    return replace(parameter, minimum=low, maximum=high, step=step if step and step > 0 else None)


def _most_letters(fields: Fields, high: Decimal | None) -> int | None:
    value = whole(fields.take(("maxlength", "maxchars", "maxcharacters", "limit")))
    most = value if value is not None else _int(high)
    return most if most is not None and most > 0 else None


def _int(exact: Decimal | None) -> int | None:
    return int(exact) if exact is not None and exact % 1 == 0 and exact >= 0 else None


def _default(fields: Fields, offered: Offered, parameter: Parameter) -> Any:
    """The declared default, read as the parameter's kind; None if the model would not take it."""
    value = fields.take(("default", "defaultvalue", "initial"))
    if value is None or isinstance(value, Mapping) != (parameter.kind == "object" and not parameter.many):
        return offered.default
    if parameter.many:
        return tuple(value) if isinstance(value, list) else None
    if parameter.name == "aspect_ratio":
        value = ratio(value)
    read = read_value(parameter, value) if isinstance(value, str) else value
    return read if not is_blank(read) else None


def value_from_text(parameter: Parameter, words: str) -> Any:
    """A whole value from text: JSON for an object, one item per line for a list. What cannot be read stays text."""
    if parameter.kind == "object":
        return _object(words)
    if parameter.many:
        return tuple(read_value(parameter, word.strip()) for word in words.splitlines() if word.strip())
    return read_value(parameter, words.strip()) if words.strip() else ""


def _object(words: str) -> Any:
    try:
        return json.loads(words) if words.strip() else None
    except ValueError:
        return words


def read_value(parameter: Parameter, words: str) -> Any:
    """A single value from a form's or command line's text. What cannot be read stays text, for the rules to judge."""
    for choice in parameter.choices:
        if str(choice.value) == words.strip() or (
            isinstance(choice.value, bool) and flag(words) is choice.value
        ):
            return choice.value
    match parameter.kind:
        case "integer":
            return int(words) if re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", words) else words
        case "number":
            exact = bound(words) if re.fullmatch(r"\s*[+-]?[0-9]*\.?[0-9]+\s*", words) else None
            return words if exact is None else int(exact) if exact % 1 == 0 else float(exact)
        case "flag":
            value = flag(words)
            return words if value is None else value
    return words
