"""The words that schemas are written in."""

from typing import Any

type Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def value(kind: str | list[str], note: str, **more: Any) -> Schema:
    return {"type": kind, "description": note, **more}


def array(items: Schema, note: str = "", **more: Any) -> Schema:
    said = {"description": note} if note else {}
    return {"type": "array", **said, "items": items, **more}


def record(properties: dict[str, Schema], *, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", **more, "required": required, "properties": properties}


def moment(note: str, or_none: bool = False) -> Schema:
    return value(["string", "null"] if or_none else "string", note, format="date-time")


def or_null(schema: Schema) -> Schema:
    """``null`` is as good as not said."""
    return {**schema, "type": [schema["type"], "null"]}
