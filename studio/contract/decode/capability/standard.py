"""The fields that the API's document names, as parameters of one model."""

from collections.abc import Iterable, Sequence

from studio.contract.capability import NONE_ALLOWED, Choice, Limits, Parameter, PromptRule
from studio.contract.decode.capability.options import Offered
from studio.contract.known_parameters import KNOWN


def choice_parameter(
    name: str, offered: Offered, kind: str = "choice", required: bool | None = None
) -> Parameter:
    return Parameter(
        name, kind, KNOWN[name].label, offered.choices, default=offered.default, required=required
    )


def media_parameter(name: str, limits: Limits) -> Parameter:
    known = KNOWN[name]
    return Parameter(
        name,
        known.kind,
        known.label,
        many=True,
        min_items=limits.min or None,
        max_items=limits.max,
        required=limits.min > 0 or None,
    )


def flag_parameter(name: str) -> Parameter:
    return Parameter(name, "flag", KNOWN[name].label)


def prompt_parameter(rule: PromptRule) -> Parameter:
    return Parameter(
        "prompt", "text", KNOWN["prompt"].label, required=rule.required, max_length=rule.max_length
    )


_SILENT = PromptRule()


def standard_parameters(
    *,
    aspect_ratios: Sequence[Choice] = (),
    durations: Iterable[int] = (),
    quality_modes: Sequence[Choice] = (),
    inputs: Sequence[str] = ("text",),
    prompt: PromptRule = _SILENT,
    images: Limits = NONE_ALLOWED,
    videos: Limits = NONE_ALLOWED,
    sound: bool = False,
    optin: bool = False,
) -> tuple[Parameter, ...]:
    """The parameters of a model that takes exactly these inputs and choices, in the order of the document."""
    lengths = tuple(Choice(seconds, f"{seconds} s") for seconds in durations)
    takes_prompt = "text" in inputs or prompt.required is True or bool(prompt.max_length)
    return (
        *([prompt_parameter(prompt)] if takes_prompt else []),
        *([choice_parameter("aspect_ratio", Offered(tuple(aspect_ratios)))] if aspect_ratios else []),
        *([choice_parameter("duration_seconds", Offered(lengths), "integer")] if lengths else []),
        *(
            [choice_parameter("quality_mode", Offered(tuple(quality_modes)), required=True)]
            if quality_modes
            else []
        ),
        *([media_parameter("input_image_urls", images)] if images.allows_any else []),
        *([media_parameter("input_video_urls", videos)] if videos.allows_any else []),
        *([flag_parameter("sound")] if sound else []),
        *([flag_parameter("prompt_directory_optin")] if optin else []),
    )
