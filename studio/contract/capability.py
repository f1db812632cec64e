"""What one model can do: the record that forms, rules and prices are built from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """A value as the upstream takes it, and the words a person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many of something a model takes. ``max`` is None where the record is silent: no limit of ours."""

    min: int = 0
    max: int | None = None

    @property
    def allows_any(self) -> bool:
        return self.max is None or self.max > 0


NONE_ALLOWED = Limits(0, 0)


@dataclass(frozen=True, slots=True)
class PromptRule:
    """``required`` and ``max_length`` (characters) are None where the record is silent."""

    required: bool | None = None
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What is published, in credits. All parts are optional.

    ``base`` and ``per_second`` add up. ``per_second_by_quality``, ``by_duration`` (seconds) and
    ``by_quality`` win over both for the choice they name. ``sound_per_second`` and ``sound`` are added
    when sound is on.
    ``published`` keeps the upstream's own words where they could not be read as figures; then no other part
    is set.
    """

    published: str = ""
    base: Decimal | None = None
    per_second: Decimal | None = None
    per_second_by_quality: Mapping[str, Decimal] = field(default_factory=dict)
    by_duration: Mapping[int, Decimal] = field(default_factory=dict)
    by_quality: Mapping[str, Decimal] = field(default_factory=dict)
    sound_per_second: Decimal | None = None
    sound: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """One model, decoded. Empty tuples mean "the model takes no such field": it is not shown and not sent."""

    slug: str
    name: str
    description: str = ""
    engine: str = ""
    aspect_ratios: tuple[Choice, ...] = ()
    durations: tuple[int, ...] = ()  # seconds
    quality_modes: tuple[Choice, ...] = ()
    inputs: tuple[str, ...] = ("text",)  # of "text", "image", "video"
    prompt: PromptRule = PromptRule()
    images: Limits = NONE_ALLOWED
    videos: Limits = NONE_ALLOWED
    sound: bool = False
    directory_discount: Decimal | None = None  # None: the opt-in is not offered
    price: Price = Price()
    unknown: Mapping[str, Any] = field(default_factory=dict)  # keys we do not know, verbatim
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)  # the whole record, verbatim

    @property
    def takes_prompt(self) -> bool:
        """Also without "text" among the inputs, where the record gives a rule for prompts."""
        return "text" in self.inputs or self.prompt.required is True or bool(self.prompt.max_length)

    @property
    def needs_prompt(self) -> bool:
        """As the record says; where it is silent, a prompt is needed unless a storyboard can do without."""
        if self.prompt.required is not None:
            return self.prompt.required
        return "text" in self.inputs and not self._is_storyboard

    @property
    def starts_without_prompt(self) -> bool:
        """Images or videos can stand in for a prompt."""
        return not self.needs_prompt and (self.images.allows_any or self.videos.allows_any)

    @property
    def _is_storyboard(self) -> bool:
        """The API's document: "Storyboard mode can start with images only."; no key says it, names do."""
        return self.images.allows_any and "storyboard" in f"{self.slug} {self.name}".lower()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be decoded, listed with its reason so that it hides no other."""

    slug: str  # the best name we could find, may be empty
    reason: str  # a sentence fit for a person
    raw: Any


@dataclass(frozen=True, slots=True)
class Models:
    """The answer of ``GET /api/v1/models/video/``."""

    capabilities: tuple[Capability, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    credits_remaining: int | None = None  # some upstreams tell the balance with every answer
