"""Prices in any spelling: a figure, words (``base: 100``, ``12 credits per second``) or an object.

All or nothing: when a figure is left over that nobody understands, no part is used for estimates and
``Price.published`` keeps the upstream's own words for people to read.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from studio.contract.capability import Price
from studio.contract.options import seconds
from studio.contract.spelling import Fields, plain
from studio.contract.values import decimal, flag, says_none, text, words_of

DISCOUNT_KEYS = (
    *("directorydiscount", "promptdirectorydiscount", "promptdirectoryoptin", "promptdirectory"),
    *("directoryoptin", "supportspromptdirectory"),
)
USUAL_DISCOUNT = Decimal(10)  # credits; stated by the vendor's public documentation

# Keys of a record that say a part of the price beside (or without) ``credits``.
RECORD_PARTS = {
    "basecredits": "base",
    "creditspersecond": "per_second",
    "pricepersecond": "per_second",
    "costpersecond": "per_second",
    "creditsbyduration": "by_duration",
    "creditsbyquality": "by_quality",
    "soundcredits": "sound",
    "soundcreditspersecond": "sound_per_second",
}

_BASE = (
    *("base", "credits", "cost", "price", "amount", "flat", "fixed", "total", "value", "default"),
    *("basecredits", "basecost", "baseprice", "perclip", "pervideo", "pergeneration", "creditspervideo"),
)
_PER_SECOND = ("persecond", "persec", "creditspersecond", "costpersecond", "pricepersecond", "second")
_PER_SECOND_BY_QUALITY = ("persecondbyquality", "creditspersecondbyquality")
_BY_DURATION = ("byduration", "duration", "durations", "perduration", "creditsbyduration", "bylength")
_BY_QUALITY = ("byquality", "quality", "qualities", "qualitymodes", "perquality", "creditsbyquality")
_SOUND = ("sound", "audio", "withsound", "withaudio", "soundextra", "soundcredits", "audiocredits")
_SOUND_PER_SECOND = ("soundpersecond", "audiopersecond", "soundcreditspersecond")
_UNIT = ("unit", "per", "type", "basis")
_SECOND_UNITS = ("second", "seconds", "persecond", "s", "creditspersecond")
_CLIP_UNITS = ("clip", "video", "generation", "perclip", "pervideo", "flat", "fixed", "credit", "credits")
_CURRENCY = ("currency",)
_PUBLISHED = ("published",)

_A_SECOND = re.compile(r"\s*(?:credits?)?\s*(?:/|per|a|each)\s*(?:s|sec|second)\.?$", re.IGNORECASE)
_A_CLIP = re.compile(
    r"\s*(?:credits?)?\s*(?:/|per|a|each)\s*(?:clip|video|generation|run)\.?$", re.IGNORECASE
)
_PART_JOINTS = re.compile(r"\s*[;|\n]\s*|\s*,(?![0-9]{3}(?![0-9]))\s*|\s+\+\s+")
_KEY_AND_FIGURE = re.compile(r"(?P<key>[^:=]*[^:=\s])\s*[:=]\s*(?P<figure>.+)")


def directory_discount(value: object) -> Decimal | None:
    """Credits off for the opt-in: a figure, or yes for the usual one. None: not offered, not understood."""
    if says_none(value):
        return None
    exact = decimal(value) if not isinstance(value, bool) else None
    if exact is not None:
        return abs(exact) or None
    if isinstance(value, Mapping):
        return directory_discount(Fields(value).take(("discount", "credits", "amount", *DISCOUNT_KEYS)))
    return USUAL_DISCOUNT if flag(value) else None


def decode_price(value: object, qualities: Iterable[str] = ()) -> tuple[Price, Decimal | None]:
    """What is published, and the directory discount within. ``qualities`` are the model's, to tell keys."""
    if says_none(value):
        return Price(), None
    reading = _Reading({plain(quality): quality for quality in qualities})
    if isinstance(value, Mapping):
        reading.read_object(value)
    elif isinstance(value, str):
        reading.read_words(value)
    elif not reading.read_base(value):
        reading.left_over = True
    return reading.price(words_of(value)), reading.discount


@dataclass
class _Reading:
    """A price as far as it has been read."""

    qualities: Mapping[str, str]  # plain spelling → the model's own
    flat: dict[str, Decimal] = field(default_factory=dict)  # the parts of Price that are one figure
    per_second_by_quality: dict[str, Decimal] = field(default_factory=dict)
    by_duration: dict[int, Decimal] = field(default_factory=dict)
    by_quality: dict[str, Decimal] = field(default_factory=dict)
    discount: Decimal | None = None
    published: str = ""
    left_over: bool = False

    def price(self, words: str) -> Price:
        if self.left_over:
            return Price(published=self.published or words)
        return Price(
            published=self.published,
            per_second_by_quality=self.per_second_by_quality,
            by_duration=self.by_duration,
            by_quality=self.by_quality,
            **self.flat,
        )

    def read_words(self, words: str) -> None:
        """``base: 100, per second: 12`` is an object in other clothes; a part without a key is the base."""
        if plain(words) == "free":
            words = "0"
        record: dict[str, Any] = {}
        for part in filter(None, _PART_JOINTS.split(words.strip())):
            pair = _KEY_AND_FIGURE.fullmatch(part)
            key, amount = (pair["key"], pair["figure"]) if pair else ("base", part)
            self.left_over |= key in record
            record[key] = amount
        self.read_object(record)

    def read_object(self, record: Mapping[str, Any]) -> None:
        fields = Fields(record)
        unit = plain(text(fields.take(_UNIT)))
        if unit and unit not in (*_SECOND_UNITS, *_CLIP_UNITS):
            self.left_over = True
        readers: dict[tuple[str, ...], Callable[[Any], bool]] = {
            _BASE: self.read_per_second if unit in _SECOND_UNITS else self.read_base,
            _PER_SECOND: self.read_per_second,
            _PER_SECOND_BY_QUALITY: self.read_per_second,
            _BY_DURATION: self.read_by_duration,
            _BY_QUALITY: self.read_by_quality,
            _SOUND: self.read_sound,
            _SOUND_PER_SECOND: lambda value: self.read_flat("sound_per_second", value),
            DISCOUNT_KEYS: self.read_discount,
        }
        for names, read in readers.items():
            value = fields.take(names)
            if value is not None and not read(value):
                self.left_over = True
        fields.take(_CURRENCY)
        self.published = text(fields.take(_PUBLISHED))
        for key, value in fields.rest().items():
            if not self.read_choice(key, value) and re.search("[0-9]", words_of(value)):
                self.left_over = True  # a note without a figure ("beta") changes no price

    def read_flat(self, part: str, value: object) -> bool:
        exact = _credits(value)
        if exact is not None:
            self.flat[part] = exact
        return exact is not None

    def read_base(self, value: object) -> bool:
        rate = _rate(value)
        return self.read_flat("base", value) if rate is None else self.read_flat("per_second", rate)

    def read_per_second(self, value: object) -> bool:
        if isinstance(value, Mapping):
            return _read_each(value, self.read_quality_rate)
        return self.read_flat("per_second", value if (rate := _rate(value)) is None else rate)

    def read_by_duration(self, value: object) -> bool:
        return _read_each(
            _by_key(value, ("seconds", "durationseconds", "duration", "value")), self.read_length
        )

    def read_by_quality(self, value: object) -> bool:
        keys = ("quality", "qualitymode", "mode", "value", "slug", "id")
        return _read_each(_by_key(value, keys), self.read_quality)

    def read_sound(self, value: object) -> bool:
        if isinstance(value, Mapping):
            fields = Fields(value)
            rate, once = fields.take(_PER_SECOND), fields.take(_BASE)
            return (rate is None or self.read_flat("sound_per_second", rate)) and (
                once is None or self.read_flat("sound", once)
            )
        rate = _rate(value)
        return self.read_flat("sound", value) if rate is None else self.read_flat("sound_per_second", rate)

    def read_discount(self, value: object) -> bool:
        self.discount = directory_discount(value)
        return self.discount is not None or says_none(value) or decimal(value) == 0

    def read_choice(self, key: str, value: object) -> bool:
        """A key that is itself a duration or one of the model's quality modes."""
        if plain(key) in self.qualities:
            return self.read_quality(key, value)
        return self.read_length(key, value)

    def read_length(self, key: str, value: object) -> bool:
        length, exact = seconds(key), _credits(value)
        if length is None or exact is None:
            return False
        self.by_duration[length] = exact
        return True

    def read_quality(self, key: str, value: object) -> bool:
        rate = _rate(value)
        if isinstance(value, Mapping):
            rate = Fields(value).take(_PER_SECOND)
        if rate is not None:
            return self.read_quality_rate(key, rate)
        return self._keep(self.by_quality, key, value)

    def read_quality_rate(self, key: str, value: object) -> bool:
        return self._keep(self.per_second_by_quality, key, value if (rate := _rate(value)) is None else rate)

    def _keep(self, prices: dict[str, Decimal], key: str, value: object) -> bool:
        exact = _credits(value)
        if exact is not None:
            prices[self.qualities.get(plain(key), key.strip())] = exact
        return exact is not None


def _credits(value: object) -> Decimal | None:
    """A price cannot be negative."""
    exact = decimal(_A_CLIP.sub("", value) if isinstance(value, str) else value)
    return exact if exact is not None and exact >= 0 else None


def _rate(value: object) -> str | None:
    """The figure of ``12 credits per second`` or ``12/s``; None for anything else."""
    if not isinstance(value, str) or not _A_SECOND.search(value):
        return None
    return _A_SECOND.sub("", value)


def _by_key(value: object, names: tuple[str, ...]) -> object:
    """``[{"duration": 5, "credits": 100}]`` as ``{"5": 100}``."""
    if not isinstance(value, list | tuple):
        return value
    pairs: dict[str, Any] = {}
    for item in value:
        if isinstance(item, Mapping):
            fields = Fields(item)
            key = text(fields.take(names))
            rest = fields.rest()
            pairs[key] = Fields(rest).take(_BASE) if Fields(rest).has(_BASE) else rest
    return pairs if len(pairs) == len(value) else None


def _read_each(value: object, read: Callable[[str, Any], bool]) -> bool:
    """False where an entry was not understood."""
    return isinstance(value, Mapping) and all(read(str(key), item) for key, item in value.items())
