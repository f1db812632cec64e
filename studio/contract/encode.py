"""The canonical JSON of capabilities: what we serve, and what the sandbox's catalog is written in."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from studio.contract.capability import Capability, Choice, Limits, Parameter, Price


def to_json(capability: Capability) -> dict[str, Any]:
    """One record. ``decode_models([to_json(c)])`` gives ``c`` again, its unknown keys included."""
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
        "directory_discount": _figure(capability.directory_discount),
        "parameters": [parameter_json(parameter) for parameter in capability.parameters],
        **({"mode_parameter": capability.mode} if capability.mode else {}),
    }


def parameter_json(parameter: Parameter) -> dict[str, Any]:
    """One parameter; keys about which nothing is known are absent."""
    said: dict[str, Any] = {
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
    return {name: value for name, value in said.items() if value is not None and value not in ("", [])}


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


def _price(price: Price) -> dict[str, Any]:
    """Only the parts that are published. ``per_second`` is a figure, or an object by quality."""
    by_quality = {quality: _figure(rate) for quality, rate in price.per_second_by_quality.items()}
    parts = {
        "published": price.published,
        "base": _figure(price.base),
        "per_second": _figure(price.per_second),
        "per_second_by_quality": by_quality,
        "by_duration": {str(length): _figure(cost) for length, cost in price.by_duration.items()},
        "by_quality": {quality: _figure(cost) for quality, cost in price.by_quality.items()},
        "sound_per_second": _figure(price.sound_per_second),
        "sound": _figure(price.sound),
    }
    if price.per_second is None:
        parts["per_second"] = parts.pop("per_second_by_quality")
    return {name: part for name, part in parts.items() if part not in ("", None, {})}
