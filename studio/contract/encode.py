"""The canonical JSON of capabilities: what we serve to scripts, and the format of the sandbox's catalog."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from studio.contract.capability import Capability, Choice, Limits, Parameter
from studio.contract.published_price import Discount, Price, Row


def to_json(capability: Capability) -> dict[str, Any]:
    """One record. ``decode_models([to_json(c)])`` returns ``c``, its unknown keys included."""
    return {
        **capability.unknown,
        "model_slug": capability.slug,
        "name": capability.name,
        "description": capability.description,
        "engine": capability.engine,
        "aspect_ratios": _choices(capability.aspect_ratios),
        "durations": list(capability.durations),
        "quality_modes": _choices(capability.quality_modes),
        "inputs": list(capability.inputs),
        "credits": _price(capability.price),
        "prompt": {"required": capability.prompt.required, "max_length": capability.prompt.max_length},
        "images": _limits(capability.images),
        "videos": _limits(capability.videos),
        "sound": capability.sound,
        "directory_discount": _discount(capability.directory_discount),
        "parameters": [parameter_json(parameter) for parameter in capability.parameters],
        **({"mode_parameter": capability.mode} if capability.mode else {}),
    }


def parameter_json(parameter: Parameter) -> dict[str, Any]:
    """One parameter. Keys with an unknown value are left out."""
    given: dict[str, Any] = {
        "name": parameter.name,
        "kind": parameter.kind,
        "label": parameter.label,
        "many": parameter.many or None,
        "choices": [
            {"value": one.value, "label": one.label, "enabled": one.enabled} for one in parameter.choices
        ],
        "default": _jsonable(parameter.default),
        "required": parameter.required,
        "minimum": _figure(parameter.minimum),
        "maximum": _figure(parameter.maximum),
        "step": _figure(parameter.step),
        "max_length": parameter.max_length,
        "min_items": parameter.min_items,
        "max_items": parameter.max_items,
        "modes": list(parameter.modes),
        "note": parameter.note,
        "is_ours": parameter.is_ours or None,
    }
    return {name: value for name, value in given.items() if value is not None and value not in ("", [])}


def _jsonable(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _choices(choices: Iterable[Choice]) -> list[Any]:
    return [
        choice.value if choice.label == choice.value else {"value": choice.value, "label": choice.label}
        for choice in choices
    ]


def _limits(limits: Limits) -> dict[str, int | None]:
    return {"min": limits.min, "max": limits.max}


def _figure(exact: Decimal | None) -> int | float | None:
    if exact is None:
        return None
    return float(exact) if exact % 1 else int(exact)


def _discount(discount: Discount | None) -> int | float | bool | dict[str, Any] | None:
    """True if the studio offers it without an amount."""
    if discount is None:
        return None
    if discount.percent is not None:
        return {"percent": _figure(discount.percent)}
    return True if discount.credits is None else _figure(discount.credits)


# ── The price ───────────────────────────────────────────────────────────────────────────────────────────
_BY = {"duration_seconds": "by_duration", "quality_mode": "by_quality"}


def _price(price: Price) -> dict[str, Any]:
    """Only the published parts. A price without a key of its own becomes a row that names its choices."""
    parts: dict[str, Any] = {"published": price.published} if price.published else {}
    for row in price.rows:
        _add(parts, row, _key_of(row), "rows")
    for row in price.extras:
        key = "sound_per_second" if row.per_second else "sound"
        _add(parts, row, (key,) if row.when == (("sound", "true"),) else (), "surcharges")
    for row in price.minimums:
        _add(parts, row, () if row.when or row.per_second else ("minimum",), "minimums")
    if "per_second" not in parts and "per_second_by_quality" in parts:
        parts["per_second"] = parts.pop("per_second_by_quality")
    return parts


def _key_of(row: Row) -> tuple[str, ...]:
    """``("by_quality", "pro")``; () for a row that has no key of its own."""
    match row.when:
        case ():
            return ("per_second",) if row.per_second else ("base",)
        case (("quality_mode", quality),) if row.per_second:
            return ("per_second_by_quality", quality)
        case ((name, value),) if name in _BY and not row.per_second:
            return (_BY[name], value)
    return ()


def _add(parts: dict[str, Any], row: Row, path: tuple[str, ...], table: str) -> None:
    """Under its key; in ``table`` if it has no key, or the key is taken by another row."""
    within = parts.get(path[0], {}) if len(path) == 2 else parts
    if not path or path[-1] in within:
        parts.setdefault(table, []).append(_row(row))
    elif len(path) == 2:
        parts.setdefault(path[0], {})[path[1]] = _figure(row.amount)
    else:
        parts[path[0]] = _figure(row.amount)


def _row(row: Row) -> dict[str, Any]:
    amount = "credits_per_second" if row.per_second else "credits"
    return {**{name: _value(name, value) for name, value in row.when}, amount: _figure(row.amount)}


def _value(name: str, value: str) -> str | int | bool:
    """The value as a request holds it."""
    if name == "sound":
        return value == "true"
    return int(value) if name == "duration_seconds" else value
