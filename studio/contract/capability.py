"""What one model can do. Forms, rules and prices are built from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from studio.contract.published_price import NOT_PUBLISHED, Discount, Price

MEDIA = ("image", "video", "audio", "url")  # kinds whose values are addresses
KINDS = ("text", "choice", "integer", "number", "flag", *MEDIA, "object")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value as the upstream takes it, and its label. It can be chosen only if it is enabled."""

    value: Any  # text, or the number of an integer or number parameter
    label: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How many of something a model takes. ``max`` is None if the record does not say: we then set no limit."""

    min: int = 0
    max: int | None = None

    @property
    def allows_any(self) -> bool:
        return self.max is None or self.max > 0


NONE_ALLOWED = Limits(0, 0)


@dataclass(frozen=True, slots=True)
class PromptRule:
    """``required`` and ``max_length`` (characters) are None if the record does not say."""

    required: bool | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of a generate request, as one model takes it.

    ``name`` is the wire name. ``kind`` is one of KINDS; with ``many`` the value is a list of them, and ``min_items``
    and ``max_items`` bound its length. ``minimum``, ``maximum`` and ``step`` bound a number, ``max_length``
    (characters) a text. ``required`` is None if the record does not say. ``modes`` are the values of the model's mode
    in which the parameter is used; empty means always. One name may occur several times with different modes.
    """

    name: str
    kind: str = "text"
    label: str = ""
    choices: tuple[Choice, ...] = ()
    many: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None
    default: Any = None
    required: bool | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    modes: tuple[str, ...] = ()
    note: str = ""
    is_ours: bool = False  # added or corrected by an admin, not read from the studio's record

    @property
    def enabled_choices(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.enabled)

    @property
    def is_media(self) -> bool:
        return self.kind in MEDIA

    @property
    def limits(self) -> Limits:
        """How many items a list takes; a single value counts as at most one."""
        least = self.min_items or (1 if self.required else 0)
        return Limits(least, self.max_items if self.many else 1)

    def label_of(self, value: Any) -> str:
        """The label of a value if it is a known choice, else the value itself."""
        return next((choice.label for choice in self.choices if choice.value == value), str(value))

    def is_used_in(self, mode: str | None) -> bool:
        return mode is None or not self.modes or mode in self.modes


@dataclass(frozen=True, slots=True)
class Capability:
    """One model, decoded. ``parameters`` lists what it takes; anything else is neither shown nor sent.

    ``mode`` names the parameter that selects the mode, "" for a model without modes. ``notes`` are sentences about
    the parts of the record that could not be read.
    """

    slug: str
    name: str
    description: str = ""
    engine: str = ""
    inputs: tuple[str, ...] = ("text",)  # of "text", "image", "video"
    parameters: tuple[Parameter, ...] = ()
    mode: str = ""
    directory_discount: Discount | None = None  # None: the opt-in is not offered
    price: Price = NOT_PUBLISHED
    notes: tuple[str, ...] = field(default=(), compare=False)
    unknown: Mapping[str, Any] = field(default_factory=dict)  # keys that we do not know, verbatim
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)  # the whole record, verbatim

    def parameter(self, name: str, mode: str | None = None) -> Parameter | None:
        """The parameter with that wire name; with a ``mode``, the one that is used in that mode."""
        return next((one for one in self.parameters_in(mode) if one.name == name), None)

    def parameters_in(self, mode: str | None = None) -> Iterator[Parameter]:
        """The parameters used in a mode, each name once; without a mode, all of them."""
        seen = set()
        for parameter in self.parameters:
            if parameter.name not in seen and parameter.is_used_in(mode):
                seen.add(parameter.name)
                yield parameter

    def mode_of(self, values: Mapping[str, Any]) -> str | None:
        """The mode that a request's values select; None if they select none or the model has no modes."""
        value = values.get(self.mode) if self.mode else None
        return value if isinstance(value, str) and value else None

    @property
    def first_mode(self) -> str | None:
        """The mode that a new form starts with: the default, else the first that can be chosen."""
        parameter = self.parameter(self.mode) if self.mode else None
        if parameter is None:
            return None
        offered = [choice.value for choice in parameter.enabled_choices]
        return parameter.default if parameter.default in offered else next(iter(offered), None)

    def choices_of(self, name: str) -> tuple[Choice, ...]:
        """The enabled choices of a parameter in any mode; empty if the model does not take it."""
        found = (choice for one in self.parameters if one.name == name for choice in one.enabled_choices)
        return tuple({choice.value: choice for choice in found}.values())

    @property
    def aspect_ratios(self) -> tuple[Choice, ...]:
        return self.choices_of("aspect_ratio")

    @property
    def durations(self) -> tuple[int, ...]:
        """Seconds."""
        return tuple(choice.value for choice in self.choices_of("duration_seconds"))

    @property
    def quality_modes(self) -> tuple[Choice, ...]:
        return self.choices_of("quality_mode")

    @property
    def images(self) -> Limits:
        return self._limits_of("input_image_urls")

    @property
    def videos(self) -> Limits:
        return self._limits_of("input_video_urls")

    @property
    def sound(self) -> bool:
        return self.parameter("sound") is not None

    @property
    def prompt(self) -> PromptRule:
        parameter = self.parameter("prompt")
        return PromptRule(parameter.required, parameter.max_length) if parameter else PromptRule()

    @property
    def takes_prompt(self) -> bool:
        return self.parameter("prompt") is not None

    @property
    def needs_prompt(self) -> bool:
        """As the record says. If it does not say, a prompt is needed, except by a storyboard model."""
        if self.prompt.required is not None:
            return self.prompt.required
        return "text" in self.inputs and not self._is_storyboard

    @property
    def media(self) -> tuple[Parameter, ...]:
        """The parameters that take addresses of images, videos or sound, in any mode."""
        return tuple(one for one in self.parameters_in() if one.is_media)

    @property
    def starts_without_prompt(self) -> bool:
        """True if images or videos can replace the prompt."""
        return not self.needs_prompt and bool(self.media)

    def _limits_of(self, name: str) -> Limits:
        parameter = self.parameter(name)
        return parameter.limits if parameter else NONE_ALLOWED

    @property
    def _is_storyboard(self) -> bool:
        """The API's document: "Storyboard mode can start with images only." No key marks it, so we go by names."""
        return self.images.allows_any and "storyboard" in f"{self.slug} {self.name}".lower()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be decoded. It is listed with its reason, so that it does not hide the others."""

    slug: str  # the best name we could find, may be empty
    reason: str  # a sentence for a person
    raw: Any


@dataclass(frozen=True, slots=True)
class Models:
    """The answer of ``GET /api/v1/models/video/``."""

    capabilities: tuple[Capability, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    credits_remaining: int | None = None  # some upstreams report the balance in every answer
    notes: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # by slug: what was changed or left out
    withheld: Mapping[str, str] = field(default_factory=dict)  # slug → why the studio does not offer it now
    incomplete: str = ""  # a sentence, if the studio has more models than we read
