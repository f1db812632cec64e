"""Every capability of a model in words, in the same order for each: a page lists them, a comparison lines them up."""

from dataclasses import dataclass

from dashboard.models.words import every_duration, limits_phrase
from dashboard.words import credits_phrase
from studio.contract.capability import Capability, Choice, Limits

SOURCES = {"text": "text", "image": "images", "video": "videos"}
NO_LIMIT = "any number: no limit is published"
PUBLISHES = (
    "Both then stand in the studio’s public directory, for everybody to see. Off unless somebody ticks it."
)


@dataclass(frozen=True, slots=True)
class Fact:
    """``words`` say all that differs between models; ``note`` what it means; ``shapes`` are ratios to be drawn."""

    label: str
    words: str
    note: str = ""
    shapes: tuple[str, ...] = ()


def facts_of(capability: Capability) -> list[Fact]:
    return [
        Fact("Starts from", _sources(capability)),
        Fact("Prompt", _prompt(capability), _prompt_note(capability)),
        Fact("Images", _limits(capability.images)),
        Fact("Videos", _limits(capability.videos)),
        Fact("Aspect ratios", _choices(capability.aspect_ratios), shapes=_shapes(capability)),
        Fact("Durations", every_duration(capability.durations) or "not a choice: the model decides"),
        Fact("Qualities", _choices(capability.quality_modes), _quality_note(capability)),
        Fact("Sound", "can be asked for" if capability.sound else "none"),
        Fact("Directory discount", _discount(capability), _discount_note(capability)),
    ]


def _sources(capability: Capability) -> str:
    return ", ".join(SOURCES.get(kind, kind) for kind in capability.inputs) or "not told"


def _prompt(capability: Capability) -> str:
    if not capability.takes_prompt:
        return "none is taken"
    need = "needed" if capability.needs_prompt else "can be left out"
    most = capability.prompt.max_length
    return f"{need}, up to {most:,} characters" if most else f"{need}, no limit is published"


def _prompt_note(capability: Capability) -> str:
    if capability.takes_prompt and capability.starts_without_prompt:
        return "Images or videos can stand in for it."
    return ""


def _limits(limits: Limits) -> str:
    if not limits.allows_any:
        return "none"
    return limits_phrase(limits) or NO_LIMIT


def _choices(choices: tuple[Choice, ...]) -> str:
    labels = [choice.label for choice in choices]
    joint = "; " if any("," in label for label in labels) else ", "
    return joint.join(labels) or "not a choice: the model decides"


def _shapes(capability: Capability) -> tuple[str, ...]:
    return tuple(choice.value for choice in capability.aspect_ratios)


def _quality_note(capability: Capability) -> str:
    """What a request calls them, where that is another word."""
    named = capability.quality_modes
    if all(choice.value.lower() == choice.label.lower() for choice in named):
        return ""
    return "In a request: " + ", ".join(choice.value for choice in named)


def _discount(capability: Capability) -> str:
    if capability.directory_discount is None:
        return "not offered"
    return f"{credits_phrase(capability.directory_discount)} less for publishing prompt and clip"


def _discount_note(capability: Capability) -> str:
    return "" if capability.directory_discount is None else PUBLISHES
