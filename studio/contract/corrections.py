"""Parameters that an admin added, corrected or hid, applied on top of the model's record.

They are stored as a list of canonical parameters (``studio.contract.encode.parameter_json``); a hidden parameter is
``{"name": "seed", "is_hidden": true}``. A name occurs once: a correction replaces the parameter in every mode.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from studio.contract.capability import Capability, Choice, Parameter
from studio.contract.decode.capability.options import bound
from studio.contract.known_parameters import label_for

Entry = Mapping[str, Any]


def hidden_entry(name: str) -> Entry:
    return {"name": name, "is_hidden": True}


def is_hidden(entry: Entry) -> bool:
    return entry.get("is_hidden") is True


def parameter_of(entry: Entry) -> Parameter:
    """The inverse of ``parameter_json``. Unlike a studio's record it is read literally: nothing is guessed."""
    default = entry.get("default")
    return Parameter(
        name=entry["name"],
        kind=entry.get("kind", "text"),
        label=entry.get("label") or label_for(entry["name"]),
        choices=tuple(
            Choice(one["value"], one["label"], one.get("enabled", True)) for one in entry.get("choices", ())
        ),
        many=entry.get("many", False),
        minimum=bound(entry.get("minimum")),
        maximum=bound(entry.get("maximum")),
        step=bound(entry.get("step")),
        default=tuple(default) if isinstance(default, list) else default,
        required=entry.get("required"),
        max_length=entry.get("max_length"),
        min_items=entry.get("min_items"),
        max_items=entry.get("max_items"),
        modes=tuple(entry.get("modes", ())),
        note=entry.get("note", ""),
        is_ours=True,
    )


def corrected(capability: Capability, own: Sequence[Entry]) -> Capability:
    """The capability with an admin's changes: corrections in place, additions at the end, hidden ones removed."""
    if not own:
        return capability
    table = tuple(_merged(capability.parameters, own))
    names = {one.name for one in table}
    return replace(
        capability,
        parameters=table,
        mode=capability.mode if capability.mode in names else "",
        directory_discount=capability.directory_discount if "prompt_directory_optin" in names else None,
    )


def _merged(table: Iterable[Parameter], own: Sequence[Entry]) -> Iterable[Parameter]:
    waiting = {entry["name"]: entry for entry in own}
    names = set(waiting)
    for one in table:
        if one.name not in names:
            yield one
        elif (entry := waiting.pop(one.name, None)) and not is_hidden(entry):
            yield parameter_of(entry)
    yield from (parameter_of(entry) for entry in waiting.values() if not is_hidden(entry))
