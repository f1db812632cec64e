"""The type of a schema in words."""

from collections.abc import Mapping
from typing import Any

type Node = Mapping[str, Any]

FORMATS = {"uuid": "UUID", "date-time": "time, ISO 8601", "uri": "URL"}
POINTER = "#/components/schemas/"


def named_by(schema: Node) -> str:
    """The name of the schema that this one references; "" for an inline schema."""
    return str(schema.get("$ref", "")).removeprefix(POINTER)


def kind_of(schema: Node, *, with_null: bool) -> tuple[str, tuple[str, ...]]:
    """ "integer, at least 1", and the names of the schemas that it references.

    ``with_null=False`` omits null, for fields that are optional anyway.
    """
    kinds, things = _kinds(schema)
    if not with_null:
        kinds = [kind for kind in kinds if kind != "null"]
    words = " or ".join(dict.fromkeys(kinds))
    least = f", at least {schema['minimum']}" if "minimum" in schema else ""
    return words + least, tuple(things)


def _kinds(schema: Node) -> tuple[list[str], list[str]]:
    if name := named_by(schema):
        return [name], [name]
    if "const" in schema:
        return [_literal(schema["const"])], []
    if "anyOf" in schema:
        told = [_kinds(each) for each in schema["anyOf"]]
        return [kind for kinds, _ in told for kind in kinds], [
            thing for _, things in told for thing in things
        ]
    named = schema.get("type", "string")
    types: list[str] = named if isinstance(named, list) else [named]
    if "array" in types:
        kinds, things = _kinds(schema["items"])
        return [f"array of {_several(kinds)}", *(kind for kind in types if kind != "array")], things
    return [FORMATS.get(schema.get("format", ""), kind) if kind == "string" else kind for kind in types], []


def _several(kinds: list[str]) -> str:
    return " or ".join(kind if kind[0].isupper() else f"{kind}s" for kind in kinds)


def _literal(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else f"“{value}”"
