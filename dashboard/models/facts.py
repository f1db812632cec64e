"""Every capability of a model in words, in the same order for each model, for its page and for comparisons."""

from dataclasses import dataclass

from dashboard.models.words import every_duration, limits_phrase
from dashboard.shared.words import discount_words
from studio.contract.capability import Capability, Choice, Limits, Parameter
from studio.contract.request import SEED_FIELDS
from studio.contract.spelling.values import figure
from studio.contract.words import value_words

SOURCES = {"text": "text", "image": "images", "video": "videos"}
KIND_WORDS = {
    "text": "any text",
    "flag": "on or off",
    "integer": "a whole number",
    "number": "a number",
    "object": "JSON",
}
NO_LIMIT = "no published limit"
PUBLISHES = "The prompt and the clip are then published in the studio’s public directory. Off by default."


@dataclass(frozen=True, slots=True)
class Fact:
    """``words`` has what differs between models; ``note`` an explanation; ``shapes`` are ratios to draw."""

    label: str
    words: str
    note: str = ""
    shapes: tuple[str, ...] = ()


def facts_of(capability: Capability) -> list[Fact]:
    return [
        Fact("Starts from", _sources(capability)),
        Fact("Prompt", _prompt(capability), _prompt_note(capability)),
        Fact("Images", _media(capability, "image", capability.images)),
        Fact("Videos", _media(capability, "video", capability.videos)),
        Fact("Aspect ratios", _choices(capability.aspect_ratios), shapes=_shapes(capability)),
        Fact("Durations", every_duration(capability.durations) or "set by the model"),
        Fact("Qualities", _choices(capability.quality_modes), _quality_note(capability)),
        Fact("Sound", "optional" if capability.sound else "none"),
        Fact("Directory discount", _discount(capability), _discount_note(capability)),
        *(Fact(one.label, _own_words(one), _own_note(one, capability)) for one in _own(capability)),
    ]


def _own(capability: Capability) -> list[Parameter]:
    """The parameters without a row above: those that the API's document does not name."""
    return [one for one in capability.parameters if one.name not in SEED_FIELDS]


def _own_words(parameter: Parameter) -> str:
    """ "0 to 100, usually 7", "low, medium or high", "up to 4 pictures"."""
    usual = "" if parameter.default is None else f", usually {value_words(parameter.default, parameter)}"
    return f"{takes_words(parameter)}{usual}"


def takes_words(parameter: Parameter) -> str:
    """The options, the range or the kind of a parameter."""
    if parameter.choices:
        return _choices(parameter.choices)
    if parameter.is_media:
        if parameter.many:
            return f"{limits_phrase(parameter.limits) or 'any number of'} {parameter.kind}s"
        return f"the URL of {'an' if parameter.kind[0] in 'aiu' else 'a'} {parameter.kind}"
    return _range_of(parameter) or KIND_WORDS.get(parameter.kind, parameter.kind)


def _range_of(parameter: Parameter) -> str:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f"{figure(low)} to {figure(high)}"
    if parameter.max_length:
        return f"text, up to {parameter.max_length:,} characters"
    return ""


def _own_note(parameter: Parameter, capability: Capability) -> str:
    selector = capability.parameter(capability.mode)
    modes = ", ".join(selector.label_of(mode) if selector else mode for mode in parameter.modes)
    parts = (
        "Required." if parameter.required else "",
        f"Only in: {modes}." if modes else "",
        "Described by an admin." if parameter.is_ours else "",
        f"In a request: {parameter.name}",
    )
    return " ".join(filter(None, parts))


def _sources(capability: Capability) -> str:
    return ", ".join(SOURCES.get(kind, kind) for kind in capability.inputs) or "not published"


def _prompt(capability: Capability) -> str:
    if not capability.takes_prompt:
        return "none"
    need = "required" if capability.needs_prompt else "optional"
    most = capability.prompt.max_length
    return f"{need}, up to {most:,} characters" if most else f"{need}, no published limit"


def _prompt_note(capability: Capability) -> str:
    if capability.takes_prompt and capability.starts_without_prompt:
        return "Images or videos can replace it."
    return ""


def _media(capability: Capability, kind: str, limits: Limits) -> str:
    """The number of files, or the names of the model's own fields for them."""
    if not limits.allows_any:
        return ", ".join(one.label for one in _own(capability) if one.kind == kind) or "none"
    return limits_phrase(limits) or NO_LIMIT


def _choices(choices: tuple[Choice, ...]) -> str:
    labels = [choice.label if choice.enabled else f"{choice.label} (unavailable)" for choice in choices]
    joint = "; " if any("," in label for label in labels) else ", "
    return joint.join(labels) or "set by the model"


def _shapes(capability: Capability) -> tuple[str, ...]:
    return tuple(choice.value for choice in capability.aspect_ratios)


def _quality_note(capability: Capability) -> str:
    """The values in a request, if they differ from the labels."""
    named = capability.quality_modes
    if all(choice.value.lower() == choice.label.lower() for choice in named):
        return ""
    return "In a request: " + ", ".join(choice.value for choice in named)


def _discount(capability: Capability) -> str:
    offered = capability.directory_discount
    return "none" if offered is None else f"{discount_words(offered)} for publishing prompt and clip"


def _discount_note(capability: Capability) -> str:
    return "" if capability.directory_discount is None else PUBLISHES
