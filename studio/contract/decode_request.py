"""A generate request as a script sends it: strict, because what is guessed here is paid for."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_type_hints

from studio.contract.errors import InvalidRequest
from studio.contract.request import GenerateRequest
from studio.contract.values import in_quotes


def decode_request(body: Any, also: Collection[str] = ()) -> GenerateRequest:
    """The request in ``body``, a JSON object in the API's field names; ``null`` is as good as not said.

    ``also`` are names of other fields, which are left to the caller. Raises InvalidRequest for a field of another
    type, and for one that nobody knows: what it asks for would be charged and not made.
    """
    if not isinstance(body, Mapping):
        raise InvalidRequest("The body must be a JSON object.")
    said = {name: value for name, value in body.items() if value is not None}
    values = {name: _read(name, said.pop(name)) for name in READERS if name in said}
    for name in said:
        if name not in also:
            raise InvalidRequest(
                f"There is no field {in_quotes(name)}: see the list of fields, or leave it out."
            )
    if not values.get("model_slug"):
        raise InvalidRequest("model_slug is missing: name one of the models.", "model_slug")
    return GenerateRequest(**values)


def _read(name: str, value: Any) -> Any:
    reader, what = READERS[name]
    found = reader(value)
    if found is None:
        raise InvalidRequest(f"{name} must be {what}.", name)
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    """JSON knows one kind of number: 8.0 is 8."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _texts(value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return tuple(value)


_KINDS: dict[Any, tuple[Callable[[Any], Any], str]] = {
    str: (_text, "text"),
    int | None: (_whole, "a whole number"),
    bool | None: (_flag, "true or false"),
    bool: (_flag, "true or false"),
    tuple[str, ...]: (_texts, "a list of texts"),
}
READERS = {name: _KINDS[hint] for name, hint in get_type_hints(GenerateRequest).items()}
