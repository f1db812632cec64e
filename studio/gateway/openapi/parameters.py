"""Parameters as JSON Schema: the document's own fields, and those that only some of the offered models take."""

from collections.abc import Iterable
from typing import Any

from studio.contract.capability import Capability, Parameter
from studio.contract.known_parameters import KNOWN, MODEL_NOTE
from studio.contract.request import SEED_FIELDS
from studio.gateway.openapi.shapes import Schema

TYPES: dict[str, str] = {
    "integer": "integer",
    "number": "number",
    "flag": "boolean",
    "object": "object",
}


def document_fields() -> dict[str, Schema]:
    """Name → type and note, in the order of the API's document."""
    fields: dict[str, Schema] = {"model_slug": {"type": "string", "description": MODEL_NOTE, "minLength": 1}}
    for name in SEED_FIELDS:
        known = KNOWN[name]
        fields[name] = {**type_of(known.kind, many=known.many), "description": known.note}
    return fields


def type_of(kind: str, *, many: bool) -> Schema:
    """What a value of that kind is in JSON, whatever a model offers of it."""
    single: Schema = {"type": TYPES.get(kind, "string")}
    return {"type": "array", "items": single} if many else single


def model_fields(offered: Iterable[Capability]) -> dict[str, Schema]:
    """Name → schema of every other parameter that one of the models takes, with the models that take it."""
    takers: dict[str, list[tuple[str, Parameter]]] = {}
    for capability in offered:
        for parameter in capability.parameters_in():
            if parameter.name not in SEED_FIELDS:
                takers.setdefault(parameter.name, []).append((capability.slug, parameter))
    return {name: _schema(found) for name, found in sorted(takers.items())}


def _schema(found: list[tuple[str, Parameter]]) -> Schema:
    """Without a type where models differ about it."""
    shapes: list[Schema] = [_shape(parameter) for _, parameter in found]
    shape = shapes[0] if all(one == shapes[0] for one in shapes) else {}
    models = ", ".join(f"`{slug}`" for slug, _ in found[:8]) + (" and others" if len(found) > 8 else "")
    parameter = found[0][1]
    about = parameter.note or parameter.label
    return {**shape, "description": f"{about.rstrip('.')}. Taken by {models}: see its `parameters`."}


def _shape(parameter: Parameter) -> Schema:
    values: list[Any] = [choice.value for choice in parameter.choices]
    if parameter.kind == "choice" and any(not isinstance(value, str) for value in values):
        return {"type": ["string", "number", "boolean"]}
    return type_of(parameter.kind, many=parameter.many)
