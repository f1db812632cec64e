"""The rules for requests, shared by the browser, the sandbox and scripts: what is wrong, and what is missing."""

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from studio.contract.addresses import is_own_path, is_web_address
from studio.contract.capability import Capability, Parameter
from studio.contract.known_parameters import KNOWN, Known, either, label_for, text_fault
from studio.contract.request import GenerateRequest, is_set
from studio.contract.spelling.keys import is_blank
from studio.contract.spelling.values import decimal, figure, in_quotes

OWN_MEDIA = "/media/"  # an input may be a clip or image of this installation, by its path
LONGEST_OBJECT = 20_000  # characters of JSON
_NOUNS = {"image": "image", "video": "video", "audio": "audio file", "url": "address"}
_PLAIN = Known("")


def check(request: GenerateRequest, capability: Capability) -> dict[str, str]:
    """Validate a request. Returns wire name → one sentence for a person; empty if the request may be sent."""
    mode = capability.mode_of(request.values)
    table = {one.name: one for one in capability.parameters_in(mode)}
    complaints = {"model_slug": _model_complaint(request, capability)}
    for name, parameter in table.items():
        complaints[name] = _complaint(request, parameter, capability)
    for name in request.values.keys() - table.keys():
        if is_set(request.get(name)):
            complaints[name] = _not_taken(name, capability, mode)
    return {name: sentence for name, sentence in complaints.items() if sentence}


def _model_complaint(request: GenerateRequest, capability: Capability) -> str:
    if is_blank(request.model_slug):
        return "Choose a model."
    fits = str(request.model_slug) == capability.slug
    return "" if fits else f"{in_quotes(request.model_slug)} is not {capability.name}."


def _complaint(request: GenerateRequest, parameter: Parameter, capability: Capability) -> str:
    value = request.get(parameter.name)
    fault = fault_in(value, parameter, capability) if is_set(value) else ""
    return fault or _lacks(value, request, parameter, capability)


def _not_taken(name: str, capability: Capability, mode: str | None) -> str:
    parameter = capability.parameter(name)
    if parameter is None:
        return f"{capability.name} does not take “{label_for(name)}”."
    selector = capability.parameter(capability.mode)
    words = selector.label_of(mode) if selector else mode
    return f"“{parameter.label}” is not used in the mode “{words}”."


def fault_in(value: Any, parameter: Parameter, capability: Capability) -> str:
    """What is wrong with a value that is set, as a sentence; "" if nothing."""
    judge = KNOWN.get(parameter.name, _PLAIN).fault
    if judge and (sentence := judge(value, parameter, capability)):
        return sentence
    if not parameter.many:
        return _item_fault(value, parameter)
    if not isinstance(value, tuple | list):
        noun = _NOUNS.get(parameter.kind)
        return f"The {noun} addresses must be a list." if noun else f"“{parameter.label}” must be a list."
    faults = (_item_fault(item, parameter) for item in value)
    return next(filter(None, faults), "") or _too_many(len(value), parameter, capability)


def _too_many(count: int, parameter: Parameter, capability: Capability) -> str:
    most = parameter.max_items
    if most is None or count <= most:
        return ""
    if noun := _NOUNS.get(parameter.kind):
        return f"{capability.name} takes up to {_counted(most, noun)}; {count} were given."
    return f"“{parameter.label}” takes up to {most:,}; {count:,} were given."


def _counted(count: int, noun: str) -> str:
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{count} {noun}" if count == 1 else f"{count} {plural}"


def _lacks(value: Any, request: GenerateRequest, parameter: Parameter, capability: Capability) -> str:
    least = parameter.limits.min
    if parameter.is_media and parameter.many and len(value or ()) < least:
        return f"{capability.name} needs at least {_counted(least, _NOUNS[parameter.kind])}."
    if not is_blank(value):
        few = parameter.many and len(value) < least
        return f"“{parameter.label}” needs at least {least:,}." if few else ""
    if missing := KNOWN.get(parameter.name, _PLAIN).lacks:
        return missing(request, parameter, capability)
    if not parameter.required and not least:
        return ""
    if parameter.choices:
        offered = either([choice.label for choice in parameter.enabled_choices])
        return f"Choose “{parameter.label}”: {offered}."
    return f"{capability.name} needs “{parameter.label}”."


def _item_fault(value: Any, parameter: Parameter) -> str:
    judge = _JUDGES.get(parameter.kind, _text)
    return judge(value, parameter) or _choice(value, parameter)


def _choice(value: Any, parameter: Parameter) -> str:
    if not parameter.choices:
        return ""
    choice = next((one for one in parameter.choices if one.value == value), None)
    if choice and choice.enabled:
        return ""
    if choice:
        return f"“{parameter.label}”: {choice.label} is not available at the moment."
    offered = either([one.label for one in parameter.enabled_choices])
    return f"“{parameter.label}” can be {offered}; {in_quotes(value)} is not offered."


def _text(value: Any, parameter: Parameter) -> str:
    if fault := text_fault(value, f"“{parameter.label}”"):
        return fault
    most = parameter.max_length
    if most is None or len(value) <= most:
        return ""
    return f"“{parameter.label}” takes up to {most:,} characters; this one has {len(value):,}."


def _number(value: Any, parameter: Parameter) -> str:
    exact = None if isinstance(value, str) else decimal(value)
    if exact is None:
        return f"“{parameter.label}” must be a number."
    return _outside(exact, parameter)


def _integer(value: Any, parameter: Parameter) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return f"“{parameter.label}” must be a whole number."
    return _outside(Decimal(value), parameter)


def _outside(exact: Decimal, parameter: Parameter) -> str:
    low, high, step = parameter.minimum, parameter.maximum, parameter.step
    if (low is not None and exact < low) or (high is not None and exact > high):
        return f"“{parameter.label}” {_range(low, high)}; {figure(exact)} is outside."
    if step and (exact - (low or 0)) % step:
        return f"“{parameter.label}” goes in steps of {figure(step)}."
    return ""


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"can be {figure(low)} to {figure(high)}"
    return (
        f"must be at least {figure(low)}"
        if low is not None
        else f"can be at most {figure(high or Decimal(0))}"
    )


def _flag(value: Any, parameter: Parameter) -> str:
    if isinstance(value, bool):
        return ""
    article = "The prompt directory" if parameter.name == "prompt_directory_optin" else parameter.label
    return f"{article} must be on or off."


def _address(value: Any, parameter: Parameter) -> str:
    if is_input_address(value):
        return ""
    return f"{in_quotes(value)} is not a web address: it should begin with https:// or http://."


def is_input_address(url: object) -> bool:
    """True for an http(s) URL, or a path to this installation's own media."""
    if not isinstance(url, str):
        return False
    is_media = url.startswith(OWN_MEDIA) and len(url) > len(OWN_MEDIA) and ".." not in url
    return is_web_address(url) or (is_media and is_own_path(url))


def _object(value: Any, parameter: Parameter) -> str:
    if not isinstance(value, Mapping):
        return f'“{parameter.label}” must be a JSON object, such as {{"key": "value"}}.'
    try:
        size = len(json.dumps(dict(value), allow_nan=False))
    except (ValueError, TypeError, RecursionError):
        return f"“{parameter.label}” holds something that cannot be sent as JSON."
    if size > LONGEST_OBJECT:
        return f"“{parameter.label}” takes up to {LONGEST_OBJECT:,} characters of JSON; this has {size:,}."
    return ""


_JUDGES: Mapping[str, Callable[[Any, Parameter], str]] = {
    "text": _text,
    "choice": _text,
    "integer": _integer,
    "number": _number,
    "flag": _flag,
    "object": _object,
    **dict.fromkeys(_NOUNS, _address),
}


def keep_legal(values: Mapping[str, Any], capability: Capability) -> tuple[dict[str, Any], dict[str, str]]:
    """Fit values to another model: returns the values to keep, and a sentence for each one that does not fit.

    ``values`` are under wire names; ``model_slug`` is in neither result. Of too many input URLs the first ones are
    kept, with a sentence as well. Too few are kept as they are: only a person can add more. The mode is the one that
    ``values`` select if the model has it, else the model's first.
    """
    kept: dict[str, Any] = {}
    dropped: dict[str, str] = {}
    given = {name: value for name, value in values.items() if name != "model_slug" and is_set(value)}
    mode = legal_mode(given, capability)
    for name in _in_table_order(given, capability):
        parameter, value = capability.parameter(name, mode), given[name]
        sentence = fault_in(value, parameter, capability) if parameter else _not_taken(name, capability, mode)
        if sentence:
            dropped[name] = sentence
            value = _part_that_fits(parameter, value, capability) if parameter else None
        if is_set(value):
            kept[name] = value
    return kept, dropped


def legal_mode(value: Mapping[str, Any], capability: Capability) -> str | None:
    """The mode that the values select if the model has it, else its first one."""
    mode = capability.mode_of(value)
    offered = [choice.value for choice in capability.choices_of(capability.mode)] if capability.mode else []
    return mode if mode in offered else capability.first_mode


def _in_table_order(value: Mapping[str, Any], capability: Capability) -> Iterable[str]:
    known = [one.name for one in capability.parameters_in() if one.name in value]
    return [*known, *(name for name in value if name not in known)]


def _part_that_fits(parameter: Parameter, value: Any, capability: Capability) -> Any:
    """As many valid addresses of a list as the model takes; None for anything else."""
    if not parameter.is_media or not isinstance(value, tuple | list):
        return None
    usable = tuple(url for url in value if is_input_address(url))
    if not parameter.many:
        return next(iter(usable), None)
    fitting = (usable[:count] for count in range(len(usable), 0, -1))
    return next((urls for urls in fitting if not fault_in(urls, parameter, capability)), None)


def defaults(capability: Capability, mode: str | None = None) -> dict[str, Any]:
    """The values of a new form in a mode (None: the first mode): defaults, else the first of the usual choices."""
    table = capability.parameters_in(mode or capability.first_mode)
    initial = {parameter.name: initial_of(parameter, capability) for parameter in table}
    return {name: value for name, value in initial.items() if value is not None}


def initial_of(parameter: Parameter, capability: Capability) -> Any:
    """The value that a new form shows; None for an empty field."""
    if parameter.default is not None and not fault_in(parameter.default, parameter, capability):
        return parameter.default
    if parameter.name == capability.mode:
        return capability.first_mode
    first = next((choice.value for choice in parameter.enabled_choices), None)
    if KNOWN.get(parameter.name, _PLAIN).starts_with_first or (parameter.required and not parameter.many):
        return first
    return False if parameter.kind == "flag" else None


def without_idle_flags(capability: Capability, values: Mapping[str, Any]) -> GenerateRequest:
    """The request for a form's or a command line's values. A flag that is off is left out unless "off" must be sent."""
    mode = capability.mode_of(values)
    idle = {one.name for one in capability.parameters_in(mode) if one.kind == "flag" and not sends_off(one)}
    given = {name: value for name, value in values.items() if value is not False or name not in idle}
    return GenerateRequest(capability.slug, **given)


def sends_off(parameter: Parameter) -> bool:
    """Whether "off" is sent: only if it is known to differ from leaving the parameter out."""
    return parameter.default is True or KNOWN.get(parameter.name, _PLAIN).sends_off
