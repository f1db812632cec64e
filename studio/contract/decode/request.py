"""Decodes a generate request from a script. It is strict, because a wrong guess here would cost credits."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from studio.contract.capability import Capability, Parameter
from studio.contract.errors import InvalidRequest
from studio.contract.known_parameters import KNOWN
from studio.contract.request import SEED_FIELDS, GenerateRequest
from studio.contract.spelling.values import in_quotes


def named_model(body: Any) -> str:
    """The model that a body names. Raises InvalidRequest if it is not a JSON object, or names none."""
    if not isinstance(body, Mapping):
        raise InvalidRequest("The body must be a JSON object.")
    slug = body.get("model_slug")
    if slug is not None and not isinstance(slug, str):
        raise InvalidRequest("model_slug must be text.", "model_slug")
    if not slug:
        raise InvalidRequest("model_slug is missing: name one of the models.", "model_slug")
    return slug


def decode_request(
    body: Any, capability: Capability | None = None, also: Collection[str] = ()
) -> GenerateRequest:
    """The request in ``body``, a JSON object under wire names; ``null`` is the same as left out.

    ``capability`` gives the model's own parameters; without one only the document's fields are known. ``also`` are
    names of other fields, which the caller handles. Raises InvalidRequest for a field of the wrong type, and for one
    that neither the model nor the document knows: it would have no effect on a clip that is paid for.
    """
    slug = named_model(body)
    given = {name: value for name, value in body.items() if value is not None and name != "model_slug"}
    values = {name: value for name, value in given.items() if name not in also}
    table = _table(capability)
    for name in values:
        if name not in table:
            raise InvalidRequest(
                f"There is no field {in_quotes(name)}: see the list of fields, or leave it out."
            )
    return GenerateRequest(slug, **{name: _read(table[name], value) for name, value in values.items()})


def _table(capability: Capability | None) -> dict[str, Parameter]:
    """What a body may contain: the document's fields, even if the model does not take them, and the model's own."""
    document = {name: Parameter(name, KNOWN[name].kind, many=KNOWN[name].many) for name in SEED_FIELDS}
    own = {one.name: one for one in capability.parameters} if capability else {}
    return document | own


def _read(parameter: Parameter, value: Any) -> Any:
    reader, what = _READERS[parameter.kind]
    if parameter.kind == "choice" and any(not isinstance(one.value, str) for one in parameter.choices):
        reader = _scalar
    if parameter.many:
        if isinstance(value, list) and all(reader(item) is not None for item in value):
            return tuple(reader(item) for item in value)
        plural = {"text": "texts", "a number": "numbers"}.get(what, what.removeprefix("a ") + "s")
        raise InvalidRequest(f"{parameter.name} must be a list of {plural}.", parameter.name)
    found = reader(value)
    if found is None:
        raise InvalidRequest(f"{parameter.name} must be {what}.", parameter.name)
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    """JSON has one kind of number: 8.0 is 8."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)


def _number(value: Any) -> int | float | None:
    return (
        value if isinstance(value, int | float) and not isinstance(value, bool) and value == value else None
    )


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _object(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _scalar(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else None


_READERS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "text": (_text, "text"),
    "choice": (_text, "text"),
    "integer": (_whole, "a whole number"),
    "number": (_number, "a number"),
    "flag": (_flag, "true or false"),
    "object": (_object, "a JSON object"),
    **dict.fromkeys(("image", "video", "audio", "url"), (_text, "text")),
}
