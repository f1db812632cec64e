"""The table of a request's fields: who takes them, what is wrong with a value, what is still missing.

A new field of the API is a line in GenerateRequest and a row in FIELDS; rules, forms, the reference and the guess
which field a refusal is about all read this table.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from studio.contract.addresses import is_own_path, is_web_address
from studio.contract.capability import Capability, Choice, Limits
from studio.contract.request import GenerateRequest
from studio.contract.spelling import is_blank
from studio.contract.values import in_quotes

OWN_MEDIA = "/media/"  # an input may be a clip or picture of this installation, by its path
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_MOST_NAMED = 8  # durations; longer lists are told by their ends


@dataclass(frozen=True, slots=True)
class RequestField:
    """One field. Sentences are fit for a person; "" means that nothing is wrong.

    ``fault`` judges a value that says something; ``lacks`` tells what a person must still add.
    ``words`` give the field away when a refusal's sentence holds them. ``note`` tells whoever writes a script
    what to send, with names of the API between backticks.
    """

    name: str
    label: str
    note: str
    words: tuple[str, ...]
    takes: Callable[[Capability], bool]
    fault: Callable[[Any, Capability], str]
    lacks: Callable[[GenerateRequest, Capability], str] = lambda request, capability: ""
    initial: Callable[[Capability], Any] = lambda capability: None


def either(words: Sequence[str]) -> str:
    """``16:9, 9:16 or Auto``."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _model_fault(slug: Any, capability: Capability) -> str:
    return "" if str(slug) == capability.slug else f"{in_quotes(slug)} is not {capability.name}."


def _model_lacks(request: GenerateRequest, capability: Capability) -> str:
    return "Choose a model." if is_blank(request.model_slug) else ""


def _prompt_fault(prompt: Any, capability: Capability) -> str:
    if not isinstance(prompt, str):
        return "The prompt must be text."
    if _UNSENDABLE.search(prompt):
        return "The prompt holds a character that cannot be sent."
    most = capability.prompt.max_length
    if most is None or len(prompt) <= most:
        return ""
    return f"{capability.name} takes prompts of up to {most:,} characters; this one has {len(prompt):,}."


def _prompt_lacks(request: GenerateRequest, capability: Capability) -> str:
    if not is_blank(request.prompt):
        return ""
    if capability.needs_prompt:
        return f"{capability.name} needs a prompt: say what the clip should show."
    has_input = request.input_image_urls or request.input_video_urls
    asks_elsewhere = capability.images.min or capability.videos.min
    if has_input or asks_elsewhere or not (capability.takes_prompt and capability.starts_without_prompt):
        return ""
    return f"{capability.name} needs something to start from: write a prompt or add an input."


def _ratio_fault(ratio: Any, capability: Capability) -> str:
    return _choice_fault(ratio, capability.aspect_ratios, f"{capability.name} makes clips in")


def _quality_fault(quality: Any, capability: Capability) -> str:
    return _choice_fault(quality, capability.quality_modes, f"{capability.name} offers the quality")


def _choice_fault(value: Any, choices: tuple[Choice, ...], offer: str) -> str:
    if value in [choice.value for choice in choices]:
        return ""
    return f"{offer} {either([choice.label for choice in choices])}; {in_quotes(value)} is not offered."


def _quality_lacks(request: GenerateRequest, capability: Capability) -> str:
    if not capability.quality_modes or not is_blank(request.quality_mode):
        return ""
    return (
        f"Choose a quality: {capability.name} offers {either([c.label for c in capability.quality_modes])}."
    )


def _duration_fault(duration: Any, capability: Capability) -> str:
    if not isinstance(duration, int) or isinstance(duration, bool):
        return "The duration must be a whole number of seconds."
    offered = capability.durations
    if duration in offered:
        return ""
    named = either([str(length) for length in offered])
    if len(offered) > _MOST_NAMED:
        named = f"{min(offered)} to {max(offered)}"
    return f"{capability.name} makes clips of {named} s; {duration} s is not offered."


def _urls_fault(noun: str, limits_of: Callable[[Capability], Limits]) -> Callable[[Any, Capability], str]:
    def fault(urls: Any, capability: Capability) -> str:
        if not isinstance(urls, tuple | list):
            return f"The {noun} addresses must be a list."
        unusable = next((url for url in urls if not is_input_address(url)), None)
        if unusable is not None:
            return f"{in_quotes(unusable)} is not a web address: it should begin with https:// or http://."
        most = limits_of(capability).max
        if most is None or len(urls) <= most:
            return ""
        return f"{capability.name} takes up to {_counted(most, noun)}; {len(urls)} were given."

    return fault


def _urls_lack(
    noun: str, name: str, limits_of: Callable[[Capability], Limits]
) -> Callable[[GenerateRequest, Capability], str]:
    def lacks(request: GenerateRequest, capability: Capability) -> str:
        least = limits_of(capability).min
        if len(getattr(request, name)) >= least:
            return ""
        return f"{capability.name} needs at least {_counted(least, noun)}."

    return lacks


def is_input_address(url: object) -> bool:
    """An http(s) URL, or a path to this installation's own media."""
    if not isinstance(url, str):
        return False
    is_media = url.startswith(OWN_MEDIA) and len(url) > len(OWN_MEDIA) and ".." not in url
    return is_web_address(url) or (is_media and is_own_path(url))


def _flag_fault(label: str) -> Callable[[Any, Capability], str]:
    return lambda value, capability: "" if isinstance(value, bool) else f"{label} must be on or off."


FIELDS: tuple[RequestField, ...] = (
    RequestField(
        name="model_slug",
        label="Model",
        note="Which model makes the clip: the `model_slug` of one of those that the models call lists.",
        words=("model",),
        takes=lambda capability: True,
        fault=_model_fault,
        lacks=_model_lacks,
    ),
    RequestField(
        name="prompt",
        label="Prompt",
        note=(
            "What the clip should show. Most models need it; a storyboard can start with images only. "
            "The model's `prompt.max_length` says how many characters it takes."
        ),
        words=("prompt",),
        takes=lambda capability: capability.takes_prompt,
        fault=_prompt_fault,
        lacks=_prompt_lacks,
    ),
    RequestField(
        name="aspect_ratio",
        label="Aspect ratio",
        note="One of the model's `aspect_ratios`. Left out, the studio chooses.",
        words=("ratio",),
        takes=lambda capability: bool(capability.aspect_ratios),
        fault=_ratio_fault,
        initial=lambda capability: capability.aspect_ratios[0].value,
    ),
    RequestField(
        name="duration_seconds",
        label="Duration",
        note="One of the model's `durations`. Left out, the studio chooses.",
        words=("duration", "seconds"),
        takes=lambda capability: bool(capability.durations),
        fault=_duration_fault,
        initial=lambda capability: capability.durations[0],
    ),
    RequestField(
        name="quality_mode",
        label="Quality",
        note="One of the model's `quality_modes`; required where it has any.",
        words=("quality",),
        takes=lambda capability: bool(capability.quality_modes),
        fault=_quality_fault,
        lacks=_quality_lacks,
        initial=lambda capability: capability.quality_modes[0].value,
    ),
    RequestField(
        name="input_image_urls",
        label="Image URLs",
        note=(
            "Pictures to start from, for models that take images: web addresses, or paths below "
            "`/media/` of this installation. The model's `images` says how many it needs and takes."
        ),
        words=("image",),
        takes=lambda capability: capability.images.allows_any,
        fault=_urls_fault("image", lambda capability: capability.images),
        lacks=_urls_lack("image", "input_image_urls", lambda capability: capability.images),
    ),
    RequestField(
        name="input_video_urls",
        label="Video URLs",
        note=(
            "Clips to start from, for models that remix: web addresses, or paths below `/media/` of "
            "this installation. The model's `videos` says how many it needs and takes."
        ),
        words=("video url", "input video", "source video", "reference video"),
        takes=lambda capability: capability.videos.allows_any,
        fault=_urls_fault("video", lambda capability: capability.videos),
        lacks=_urls_lack("video", "input_video_urls", lambda capability: capability.videos),
    ),
    RequestField(
        name="sound",
        label="Sound",
        note="With sound, which may cost more. Only for models whose `sound` is true.",
        words=("sound", "audio"),
        takes=lambda capability: capability.sound,
        fault=_flag_fault("Sound"),
        initial=lambda capability: False,
    ),
    RequestField(
        name="prompt_directory_optin",
        label="Share in the prompt directory",
        note=(
            "Takes `directory_discount` off the price, and publishes the prompt and the clip in return. "
            "Only for models that offer it."
        ),
        words=("prompt directory", "directory", "opt-in", "optin"),
        takes=lambda capability: capability.directory_discount is not None,
        fault=_flag_fault("The prompt directory"),
        initial=lambda capability: False,
    ),
)


def field_named_in(sentence: str) -> str:
    """The field that a refusal is about: named outright, else the one whose word comes first; "" if none.

    The model is the last guess: "Invalid duration for this model" is about the duration.
    """
    words = sentence.lower()
    outright = [field.name for field in FIELDS if "_" in field.name and field.name in words]
    if outright:
        return min(outright, key=words.index)
    found = {
        place.start(): field.name
        for field in FIELDS[1:]  # of two at one place the later, more special one stays
        for word in field.words
        if (place := re.search(rf"\b{word}", words))  # no "ratio" in "moderation"
    }
    if found:
        return found[min(found)]
    return FIELDS[0].name if FIELDS[0].words[0] in words else ""
