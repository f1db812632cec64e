"""The request rules, one set for the browser, the sandbox and every script."""

from collections.abc import Mapping
from typing import Any

from studio.contract.capability import Capability
from studio.contract.fields import FIELDS, RequestField, is_input_address
from studio.contract.request import GenerateRequest
from studio.contract.spelling import is_blank


def check(request: GenerateRequest, capability: Capability) -> dict[str, str]:
    """Field name → what is wrong with it, one sentence for a person. Empty: the request may be sent."""
    complaints = {field.name: _complaint(field, request, capability) for field in FIELDS}
    return {name: sentence for name, sentence in complaints.items() if sentence}


def _complaint(field: RequestField, request: GenerateRequest, capability: Capability) -> str:
    value = getattr(request, field.name)
    if not _says_something(value):
        return field.lacks(request, capability)
    return _fault(field, value, capability) or field.lacks(request, capability)


def _fault(field: RequestField, value: Any, capability: Capability) -> str:
    if not field.takes(capability):
        return f"{capability.name} does not take “{field.label}”."
    return field.fault(value, capability)


def _says_something(value: object) -> bool:
    return not is_blank(value) and value is not False


def keep_legal(values: Mapping[str, Any], capability: Capability) -> tuple[dict[str, Any], dict[str, str]]:
    """For another model: the values it takes as they are, and a sentence for each one that it does not.

    ``values`` are in GenerateRequest's field names and types; ``model_slug`` is left out of both. Of too
    many input URLs the first ones are kept, with a sentence too. Too few are kept: adding is a person's job.
    """
    kept: dict[str, Any] = {}
    dropped: dict[str, str] = {}
    for field in FIELDS[1:]:
        value = values.get(field.name)
        if not _says_something(value):
            continue
        if sentence := _fault(field, value, capability):
            dropped[field.name] = sentence
            value = _part_that_fits(field, value, capability)
        if _says_something(value):
            kept[field.name] = value
    return kept, dropped


def _part_that_fits(field: RequestField, value: Any, capability: Capability) -> Any:
    """Of a list of addresses, as many usable ones as the model takes; of anything else, nothing."""
    if not isinstance(value, tuple | list):
        return None
    usable = tuple(url for url in value if is_input_address(url))
    fitting = (usable[:count] for count in range(len(usable), 0, -1))
    return next((urls for urls in fitting if not _fault(field, urls, capability)), None)


def defaults(capability: Capability) -> dict[str, Any]:
    """What a fresh form shows: the first of each choice, sound off; only fields that the model takes."""
    initial = {field.name: field.initial(capability) for field in FIELDS if field.takes(capability)}
    return {name: value for name, value in initial.items() if value is not None}
