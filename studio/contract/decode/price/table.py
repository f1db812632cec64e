"""Reads a published price into a table of rows. Each reader returns True if it understood all of its value."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from studio.contract.decode.price import words as words
from studio.contract.decode.price.choices import Choices
from studio.contract.decode.price.discount import directory_discount
from studio.contract.decode.price.words import CLIP, SECOND
from studio.contract.published_price import SOUND, Discount, Price, Row, When
from studio.contract.spelling.keys import is_blank, plain
from studio.contract.spelling.values import decimal, flag, says_none

_A_SECOND = re.compile(r"\s*(?:credits?)?\s*(?:/|per|a|each)\s*(?:s|sec|second)\.?$", re.IGNORECASE)
_A_CLIP = re.compile(
    r"\s*(?:credits?)?\s*(?:/|per|a|each)\s*(?:clip|video|generation|run)\.?$", re.IGNORECASE
)
_PART_JOINTS = re.compile(r"\s*[;|\n]\s*|\s*,(?![0-9]{3}(?![0-9]))\s*|\s+\+\s+")
_KEY_AND_FIGURE = re.compile(r"(?P<key>[^:=]*[^:=\s])\s*[:=]\s*(?P<figure>.+)")
_THOUSANDS_OR_FRACTION = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}(?![0-9])")  # "1.200": one and a bit, or 1,200
_BY = re.compile(
    r"(?P<second>(?:credits?|pric(?:e|es|ing)|costs?)?persec(?:ond)?)?(?:credits?|pric(?:e|es|ing)|costs?)?"
    r"(?:by|per|for)?(?P<name>.+?)"
)
_PRICES = re.compile(r"(?:credits|prices|pricing|costs)$")
_OPTION_LISTS = frozenset(("options", "choices", "values", "enum", "allowed", "allowedvalues", "items"))
_MOST_CREDITS = 500_000_000  # a larger figure is not a price
_MOST_ROWS = 5_000  # of a table that is read
_ANY = ("any", "all", "*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is within a price: for which choices, in which unit ("" is unknown), and which list it is for."""

    when: When = ()
    unit: str = ""
    into: str = "rows"
    is_row: bool = False  # of a list
    sound_is_choice: bool = False  # the price without sound is next to it

    def with_choice(self, name: str, value: str) -> "Place | None":
        """None if a different choice was already made for that parameter."""
        made = dict(self.when)
        if made.setdefault(name, value) != value:
            return None
        return replace(self, when=tuple(sorted(made.items())))


@dataclass
class Table:
    """A price as far as it has been read."""

    choices: Choices
    rows: list[Row] = field(default_factory=list)
    extras: list[Row] = field(default_factory=list)
    minimums: list[Row] = field(default_factory=list)
    discount: Discount | None = None

    def price(self) -> Price:
        return Price(rows=tuple(self.rows), extras=tuple(self.extras), minimums=tuple(self.minimums))

    # ── Values ──────────────────────────────────────────────────────────────────────────────────────
    def read(self, value: Any, place: Place) -> bool:
        """Read any value that should hold at least one amount, or the discount."""
        before = self._size()
        if isinstance(value, Mapping):
            whole = self.read_object(value, place)
        elif isinstance(value, list | tuple):
            whole = self._read_rows(value, place)
        elif isinstance(value, str):
            whole = self._read_words(value, place)
        else:
            whole = self._add(value, place)
        return whole and self._size() > before

    def _size(self) -> int:
        return len(self.rows) + len(self.extras) + len(self.minimums) + (self.discount is not None)

    def _add(self, value: object, place: Place) -> bool:
        exact = decimal(value)
        if exact is None or not 0 <= exact <= _MOST_CREDITS or self._size() >= _MOST_ROWS:
            return False
        getattr(self, place.into).append(Row(place.when, exact, place.unit == SECOND))
        return True

    def _read_words(self, value: str, place: Place) -> bool:
        """``base: 100, per second: 12`` is read like an object; a part without a key is the base."""
        if plain(value) == "free":
            return self._add(0, place)
        record: dict[str, str] = {}
        for part in filter(None, _PART_JOINTS.split(value.strip())):
            pair = _KEY_AND_FIGURE.fullmatch(part)
            key, amount = (pair["key"], pair["figure"]) if pair else ("", part)
            if key in record:
                return False
            record[key] = amount
        bare = record.pop("", None)
        return (bare is None or self._read_amount(bare, place)) and self.read_object(record, place)

    def _read_amount(self, value: str, place: Place) -> bool:
        """``12 credits per second``; words with another unit than the key are not understood."""
        unit = SECOND if _A_SECOND.search(value) else CLIP if _A_CLIP.search(value) else ""
        if {unit, place.unit} == {SECOND, CLIP} or _THOUSANDS_OR_FRACTION.match(value.strip()):
            return False
        bare = _A_CLIP.sub("", _A_SECOND.sub("", value))
        return self._add(bare, replace(place, unit=unit or place.unit))

    def _read_rows(self, rows: Sequence[Any], place: Place) -> bool:
        inner = replace(place, is_row=True)
        return all(isinstance(row, Mapping) and self.read(row, inner) for row in rows)

    # ── Objects ─────────────────────────────────────────────────────────────────────────────────────
    def read_object(self, record: Mapping[str, Any], place: Place) -> bool:
        given = {key: value for key, value in record.items() if not is_blank(value)}
        keys = {plain(key) for key in given}
        inner = self.terms(given, replace(place, sound_is_choice=bool(keys & words.WITHOUT_SOUND)))
        if inner is None or not _is_one(_amounts(given)):
            return False
        discount_first = sorted(given.items(), key=lambda pair: plain(pair[0]) not in words.DISCOUNT_KEYS)
        return all(self._read_key(plain(key), value, inner) for key, value in discount_first)

    def terms(self, given: Mapping[str, Any], place: Place) -> Place | None:
        """The unit and the choices that an object names next to its amounts; None if they are not understood."""
        found: Place | None = place
        units: set[str | None] = set()
        for key, value in given.items():
            word = plain(key)
            if word in words.UNIT and not isinstance(value, Mapping | list):
                units.add(words.unit_named(value))
            elif word in words.PER_SECOND and value is True:
                units.add(SECOND)
            elif found and (name := self._condition(word, value)) and plain(value) not in _ANY:
                choice = self.choices.value(name, value)
                found = found.with_choice(name, choice) if choice else None
        unit = next(iter(units - {""}), "")
        if found is None or unit is None or len(units - {""}) > 1:
            return None
        return replace(found, unit=unit or found.unit)

    def _condition(self, key: str, value: Any) -> str:
        """The parameter whose choice this is: ``"duration": 5``. A figure under "sound" is a cost, not a choice."""
        name = self.choices.parameter(key)
        if name is None or isinstance(value, Mapping | list | tuple):
            return ""
        is_said = name != SOUND or (flag(value) is not None and decimal(value) is None)
        return name if is_said else ""

    def _read_key(self, key: str, value: Any, place: Place) -> bool:
        if self._is_read(key, value) or words.is_state(key, value):
            return True
        if key in words.LABEL:
            return isinstance(value, str) and words.is_mere_label(value)
        if key in words.DISCOUNT_KEYS:
            self.discount = directory_discount(value)
            return self.discount is not None or says_none(value) or decimal(value) == 0
        if key in words.AMOUNT:
            return says_none(value) or self.read(value, place)
        if key in words.PER_CLIP:
            return says_none(value) or self.read(value, replace(place, unit=CLIP))
        if key in words.PER_SECOND:
            return says_none(value) or self.read(value, replace(place, unit=SECOND))
        if key in words.MINIMUM:
            return says_none(value) or self.read(value, replace(place, unit=CLIP, into="minimums"))
        if key in words.TABLES:
            return self.read(value, place)
        return self._read_addition(key, value, place)

    def _is_read(self, key: str, value: Any) -> bool:
        """True if ``terms`` has already read the key."""
        if key in words.CURRENCY:
            return words.is_credits(value)
        is_unit = key in words.UNIT and not isinstance(value, Mapping | list)
        return is_unit or (key in words.PER_SECOND and value is True) or bool(self._condition(key, value))

    def _read_addition(self, key: str, value: Any, place: Place) -> bool:
        """Read what sound and other choices add; else a table by choice, or a choice itself."""
        if key in words.SOUND | words.WITH_SOUND | words.SOUND_EXTRA:
            return says_none(value) or self._read_sound(value, place)
        if key in words.SOUND_PER_SECOND:
            return says_none(value) or self._read_sound(value, replace(place, unit=SECOND))
        if key in words.WITHOUT_SOUND:
            silent = place.with_choice(SOUND, "false")
            return silent is not None and self.read(value, silent)
        if key in words.SURCHARGE:
            names_something = bool(place.when) or place.into == "extras"
            return decimal(value) == 0 or (
                names_something and self.read(value, replace(place, into="extras"))
            )
        if key in words.SURCHARGES:
            extras = replace(place, into="extras")
            return self.read_object(value, extras) if isinstance(value, Mapping) else self.read(value, extras)
        return self._read_table_or_choice(key, value, place)

    def _read_sound(self, value: Any, place: Place) -> bool:
        """A price with sound if the price without it is next to it; else what sound adds."""
        if isinstance(value, Mapping) and any(flag(key) is False for key in value):
            return self._read_entries(SOUND, value, place)
        loud = place.with_choice(SOUND, "true")
        if loud is None or (place.is_row and decimal(value) in (0, 1)):  # could be yes and no, or an amount
            return False
        return self.read(value, loud if place.sound_is_choice else replace(loud, into="extras"))

    # ── Tables by choice ────────────────────────────────────────────────────────────────────────────
    def _read_table_or_choice(self, key: str, value: Any, place: Place) -> bool:
        by = _BY.fullmatch(_PRICES.sub("", key))
        name = self.choices.parameter(by["name"]) if by else None
        if name is not None and by is not None and isinstance(value, Mapping | list | tuple):
            return self._read_entries(name, value, replace(place, unit=SECOND) if by["second"] else place)
        if (choice := self.choices.only_one(key)) is None:
            return False
        inner = place.with_choice(*choice)
        return inner is not None and self.read(value, inner)

    def _read_entries(self, name: str, value: Any, place: Place) -> bool:
        """Read an object from choices to prices, or a list of objects that each name a choice."""
        if isinstance(value, Mapping):
            return all(self._read_entry(name, key, inner, place) for key, inner in value.items())
        return all(isinstance(item, Mapping) and self._read_item(name, item, place) for item in value)

    def _read_entry(self, name: str, given: object, value: Any, place: Place) -> bool:
        choice = self.choices.value(name, given)
        inner = place.with_choice(name, choice) if choice else None
        return inner is not None and self.read(value, inner)

    def _read_item(self, name: str, item: Mapping[str, Any], place: Place) -> bool:
        keys = {plain(key): key for key in item}
        named = [key for key in keys if self.choices.parameter(key) == name]
        key = next((keys[word] for word in (*named, *words.OPTION_VALUE) if word in keys), None)
        if key is None:
            return False
        rest = {other: value for other, value in item.items() if other != key}
        return self._read_entry(name, item[key], rest, place)

    def _says_choice(self, name: str, key: str) -> bool:
        return key in words.OPTION_VALUE or self.choices.parameter(key) == name

    def read_options(self, name: str, value: Any, place: Place) -> bool:
        """Read prices within the options of a parameter; anything there that is not about money is ignored."""
        if name == SOUND and isinstance(value, Mapping):
            return self._read_sound(_money_in(value), place)
        if isinstance(value, Mapping):
            lists = [inner for key, inner in value.items() if plain(key) in _OPTION_LISTS]
            if lists:
                return (
                    len(lists) == 1
                    and not words.holds_money(_without_lists(value))
                    and self.read_options(name, lists[0], place)
                )
            priced = {key: _money_in(inner) for key, inner in value.items() if words.holds_money(inner)}
            return len(priced) > 0 and self._read_entries(name, priced, place)
        items = [
            {key: inner for key, inner in item.items() if self._says_choice(name, plain(key))}
            | _money_in(item)
            for item in value
            if words.holds_money(item)
        ]
        return self._read_entries(name, items, place)


def _amounts(given: Mapping[str, Any]) -> list[Any]:
    return [
        decimal(value) or value
        for key, value in given.items()
        if plain(key) in words.AMOUNT | words.PER_CLIP and not isinstance(value, bool)
    ]


def _is_one(amounts: Sequence[Any]) -> bool:
    """Two amounts for the same thing are understood only if they are equal."""
    return all(amount == amounts[0] for amount in amounts)


def _money_in(option: Any) -> Any:
    """The part of an option that is about money."""
    if not isinstance(option, Mapping):
        return option
    return {
        key: value
        for key, value in option.items()
        if words.is_about_price(key, value) or words.holds_money({key: value})
    }


def _without_lists(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: inner for key, inner in value.items() if plain(key) not in _OPTION_LISTS}
