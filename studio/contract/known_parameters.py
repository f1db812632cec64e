"""The registry of well-known parameters: what code adds to a model's record, keyed by wire name.

Everything else about a parameter comes from the model's record. To give a parameter a better label, a note for scripts
or a rule of its own, add an entry here; to give it a widget of its own, see ``dashboard.create.widgets``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.contract.capability import Capability, Parameter
from studio.contract.request import GenerateRequest
from studio.contract.spelling.keys import is_blank
from studio.contract.spelling.values import in_quotes

_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_MOST_NAMED = 8  # durations; a longer list is shown as a range

Fault = Callable[[Any, Parameter, Capability], str]
Lacks = Callable[[GenerateRequest, Parameter, Capability], str]


@dataclass(frozen=True, slots=True)
class Known:
    """One well-known parameter. Sentences are for people; "" means that nothing is wrong.

    ``kind`` and ``many`` apply where a record only names the parameter. ``note`` is documentation for scripts, with
    names of the API between backticks. ``words``: a refusal with one of these words is about this parameter. ``fault``
    checks a value on top of the rules of its kind, ``lacks`` says what is missing; both replace the general sentence.
    ``starts_with_first``: a new form selects the first choice. ``sends_off``: "off" is sent, too, not left out.
    """

    label: str
    kind: str = ""
    many: bool = False
    note: str = ""
    words: tuple[str, ...] = ()
    fault: Fault | None = None
    lacks: Lacks | None = None
    starts_with_first: bool = False
    sends_off: bool = False


def either(words: Sequence[str]) -> str:
    """``16:9, 9:16 or Auto``."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def text_fault(value: Any, label: str) -> str:
    if not isinstance(value, str):
        return f"{label} must be text."
    return f"{label} holds a character that cannot be sent." if _UNSENDABLE.search(value) else ""


def _prompt_fault(prompt: Any, parameter: Parameter, capability: Capability) -> str:
    if fault := text_fault(prompt, "The prompt"):
        return fault
    most = parameter.max_length
    if most is None or len(prompt) <= most:
        return ""
    return f"{capability.name} takes prompts of up to {most:,} characters; this one has {len(prompt):,}."


def _prompt_lacks(request: GenerateRequest, parameter: Parameter, capability: Capability) -> str:
    if parameter.required or (parameter.required is None and capability.needs_prompt):
        return f"{capability.name} needs a prompt: say what the clip should show."
    media = [one for one in capability.parameters_in(capability.mode_of(request.values)) if one.is_media]
    is_asked_elsewhere = any(one.limits.min for one in media)
    has_input = any(not is_blank(request.get(one.name)) for one in media)
    if has_input or is_asked_elsewhere or not media:
        return ""
    return f"{capability.name} needs something to start from: write a prompt or add an input."


def _named(offer: str) -> Fault:
    """A check for a choice whose sentence lists what is offered: "makes clips in 16:9 or 9:16"."""

    def fault(value: Any, parameter: Parameter, capability: Capability) -> str:
        offered = parameter.enabled_choices
        if not offered or value in [choice.value for choice in offered]:
            return ""
        named = either([choice.label for choice in offered])
        return f"{capability.name} {offer} {named}; {in_quotes(value)} is not offered."

    return fault


def _quality_lacks(request: GenerateRequest, parameter: Parameter, capability: Capability) -> str:
    if parameter.required is False or not parameter.enabled_choices:
        return ""
    offered = either([choice.label for choice in parameter.enabled_choices])
    return f"Choose a quality: {capability.name} offers {offered}."


def _duration_fault(duration: Any, parameter: Parameter, capability: Capability) -> str:
    if not isinstance(duration, int) or isinstance(duration, bool):
        return "The duration must be a whole number of seconds."
    offered = [choice.value for choice in parameter.enabled_choices]
    if not offered or duration in offered:
        return ""
    named = either([str(length) for length in offered])
    if len(offered) > _MOST_NAMED:
        named = f"{min(offered)} to {max(offered)}"
    return f"{capability.name} makes clips of {named} s; {duration} s is not offered."


MODEL_NOTE = "Which model makes the clip: the `model_slug` of one of those that the models call lists."

KNOWN: Mapping[str, Known] = {
    "prompt": Known(
        "Prompt",
        "text",
        note="What the clip should show. Most models need it; a storyboard can start with images only.",
        words=("prompt",),
        fault=_prompt_fault,
        lacks=_prompt_lacks,
    ),
    "aspect_ratio": Known(
        "Aspect ratio",
        "choice",
        note="One of the model's `aspect_ratios`. If left out, the studio chooses.",
        words=("ratio",),
        fault=_named("makes clips in"),
        starts_with_first=True,
    ),
    "duration_seconds": Known(
        "Duration",
        "integer",
        note="One of the model's `durations`. If left out, the studio chooses.",
        words=("duration", "seconds"),
        fault=_duration_fault,
        starts_with_first=True,
    ),
    "quality_mode": Known(
        "Quality",
        "choice",
        note="One of the model's `quality_modes`; required where it has any.",
        words=("quality",),
        fault=_named("offers the quality"),
        lacks=_quality_lacks,
        starts_with_first=True,
    ),
    "input_image_urls": Known(
        "Image URLs",
        "image",
        many=True,
        note=(
            "Pictures to start from, for models that take images: web addresses, or paths below "
            "`/media/` of this installation. The model's `images` says how many it needs and takes."
        ),
        words=("image",),
    ),
    "input_video_urls": Known(
        "Video URLs",
        "video",
        many=True,
        note=(
            "Clips to start from, for models that remix: web addresses, or paths below `/media/` of "
            "this installation. The model's `videos` says how many it needs and takes."
        ),
        words=("video url", "input video", "source video", "reference video"),
    ),
    "sound": Known(
        "Sound",
        "flag",
        note="With sound, which may cost more. Ignored by models whose `sound` is false.",
        words=("sound", "audio"),
        sends_off=True,
    ),
    "prompt_directory_optin": Known(
        "Share in the prompt directory",
        "flag",
        note=(
            "Takes `directory_discount` off the price, and publishes the prompt and the clip in return. "
            "Ignored by models that do not offer it."
        ),
        words=("prompt directory", "directory", "opt-in", "optin"),
    ),
    "negative_prompt": Known("Negative prompt", "text", note="What the clip should not show."),
    "seed": Known("Seed", "integer", note="The same seed and settings give a similar clip again."),
    "first_frame_url": Known("First frame", "image", note="The picture that the clip begins with."),
    "last_frame_url": Known("Last frame", "image", note="The picture that the clip ends with."),
    "start_frame_url": Known("First frame", "image", note="The picture that the clip begins with."),
    "end_frame_url": Known("Last frame", "image", note="The picture that the clip ends with."),
    "reference_image_urls": Known(
        "Reference images", "image", many=True, note="Pictures of people, things or a style to keep to."
    ),
    "reference_video_urls": Known("Reference videos", "video", many=True, note="Clips to keep to."),
    "reference_audio_urls": Known("Reference audio", "audio", many=True, note="Sound to keep to."),
    "source_video_url": Known("Source video", "video", note="The clip to change."),
    "motion_video_url": Known("Motion video", "video", note="The clip whose motion is copied."),
    "elements": Known("Elements", "object", many=True, note="Subjects to keep to, as JSON."),
    "return_last_frame": Known(
        "Return the last frame", "flag", note="Also return the last frame as a picture."
    ),
    "seedance_mode": Known("Mode", "choice", note="What the clip starts from."),
    "mode": Known("Mode", "choice", note="What the clip starts from."),
    "fps": Known("Frames per second", "integer"),
    "cfg_scale": Known("CFG scale", "number", note="How closely the clip follows the prompt."),
}


def label_for(name: str) -> str:
    """The label of a wire name: from the registry, else made from the name."""
    if name in KNOWN:
        return KNOWN[name].label
    words = re.sub(r"_urls?$", "", name).replace("_", " ").replace("-", " ").strip() or name
    return words[:1].upper() + words[1:]


def field_named_in(sentence: str) -> str:
    """The parameter that a refusal is about: its full name, else the one whose word comes first; "" if none.

    The model is only a last resort: "Invalid duration for this model" is about the duration.
    """
    words = sentence.lower()
    names = ("model_slug", *KNOWN)
    outright = [name for name in names if "_" in name and re.search(rf"\b{name}\b", words)]
    if outright:
        return min(outright, key=lambda name: (words.index(name), -len(name)))
    hints = [(word, name) for name, known in KNOWN.items() for word in known.words]
    found = {
        (place.start(), -len(word)): name  # at the same place, the longer word is more specific
        for word, name in hints
        if (place := re.search(rf"\b{re.escape(word)}", words))  # do not find "ratio" in "moderation"
    }
    if found:
        return found[min(found)]
    return "model_slug" if "model" in words else ""
