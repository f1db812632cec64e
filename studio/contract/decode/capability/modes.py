"""Reads models with modes: what each mode takes, as one table.

A parameter that is equal in all modes is always used; one that differs occurs once for each group of modes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from studio.contract.capability import Choice, Parameter
from studio.contract.decode.capability.options import is_enabled
from studio.contract.decode.capability.parameters import Table
from studio.contract.known_parameters import label_for
from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import LABEL_KEYS, VALUE_KEYS, flag, text, text_in

_NOT_MODES = ("qualitymodes", "inputmodes", "resolutionmodes", "inputsmodes")
SELECTOR_KEYS = ("modeparameter", "modefield", "modekey", "modename")
_MOST = 40


@dataclass(frozen=True, slots=True)
class Modes:
    """``selector`` is the wire name of the parameter that selects the mode; ``records``: mode → its own record."""

    key: str
    selector: str
    choices: tuple[Choice, ...]
    records: Mapping[str, Mapping[str, Any]]
    default: str | None = None


def modes_in(record: Mapping[str, Any]) -> Modes | None:
    """The modes that a record describes one by one; None if it has none, or only lists their names."""
    for key, value in record.items():
        word = plain(key)
        if not word.endswith("modes") or word in _NOT_MODES:
            continue
        records = _records(value)
        if records:
            marked = [name for name, one in records.items() if flag(Fields(one).take(("default",))) is True]
            choices = tuple(
                Choice(
                    name, text_in(one, LABEL_KEYS[:1] + LABEL_KEYS[2:]) or label_for(name), is_enabled(one)
                )
                for name, one in records.items()
            )
            selector = _selector(key, record, set(records))
            return Modes(key, selector, choices, records, next(iter(marked), None))
    return None


def _records(value: object) -> dict[str, Mapping[str, Any]]:
    if isinstance(value, Mapping):
        pairs = [(str(name), one) for name, one in value.items()]
    elif isinstance(value, list):
        pairs = [
            (text_in(one, (*VALUE_KEYS, "name", "mode")), one) for one in value if isinstance(one, Mapping)
        ]
    else:
        return {}
    found = {name: one for name, one in pairs if name and isinstance(one, Mapping)}
    says_more = any(_facts(one) for one in found.values())
    return found if says_more and len(found) == len(pairs) <= _MOST else {}


def _facts(record: Mapping[str, Any]) -> list[str]:
    """Keys that describe a mode beyond its name."""
    naming = {
        *VALUE_KEYS,
        *LABEL_KEYS,
        "mode",
        "description",
        "default",
        "enabled",
        "disabled",
        "credits",
        "price",
    }
    return [key for key in record if plain(key) not in naming]


def _selector(key: str, record: Mapping[str, Any], names: set[str]) -> str:
    value = text(Fields(record).take(SELECTOR_KEYS))
    if value:
        return value
    single = re.sub(r"(?i)s$", "", key.strip())
    return "mode" if plain(single) == "mode" else re.sub(r"[\s\-]+", "_", single)


def in_modes(base: Table, modes: Modes, read: Callable[[Mapping[str, Any]], Table]) -> tuple[Parameter, ...]:
    """The whole table: the selector, what every mode uses, and what single modes add or change."""
    tables = {name: read(_without_names(record)) for name, record in modes.records.items()}
    selector = base.get(modes.selector) or Parameter(modes.selector, "choice", label_for(modes.selector))
    selector = replace(
        selector,
        kind="choice",
        choices=modes.choices,
        default=modes.default or selector.default,
        required=True,
    )
    names = dict.fromkeys([*base, *(name for table in tables.values() for name in table)])
    merged = [selector]
    for name in names:
        if name != modes.selector:
            merged += _variants(base.get(name), {mode: table.get(name) for mode, table in tables.items()})
    return tuple(merged)


def _variants(base: Parameter | None, by_mode: Mapping[str, Parameter | None]) -> list[Parameter]:
    """One parameter for each group of modes that treat it alike. The record applies to modes that do not name it."""
    groups: list[tuple[Parameter, list[str]]] = []
    for mode, own in by_mode.items():
        parameter = own or (base if base and base.is_used_in(mode) else None)
        if parameter is None:
            continue
        bare = replace(parameter, modes=())
        used_in = next((names for alike, names in groups if alike == bare), None)
        if used_in is None:
            groups.append((bare, [mode]))
        else:
            used_in.append(mode)
    everywhere = len(by_mode)
    return [
        replace(alike, modes=() if len(used_in) == everywhere else tuple(used_in))
        for alike, used_in in groups
    ]


def with_selector(table: list[Parameter], selector: str) -> tuple[tuple[Parameter, ...], str]:
    """For a table whose parameters name their modes: the table, and the parameter that selects the mode."""
    used = dict.fromkeys(mode for parameter in table for mode in parameter.modes)
    if not used:
        return tuple(table), ""
    offering = (one.name for one in table if used.keys() <= {choice.value for choice in one.choices})
    selector = selector or next(offering, "mode")
    if all(one.name != selector for one in table):
        choices = tuple(Choice(mode, label_for(mode)) for mode in used)
        table = [Parameter(selector, "choice", label_for(selector), choices, required=True), *table]
    return tuple(table), selector


def _without_names(record: Mapping[str, Any]) -> dict[str, Any]:
    naming = {*VALUE_KEYS, *LABEL_KEYS, "description", "default", "enabled", "disabled"}
    return {key: value for key, value in record.items() if plain(key) not in naming}
