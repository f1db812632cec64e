"""Reads prices in any spelling: a figure, words (``base: 100``, ``12 credits per second``), tables, prices in options.

All or nothing: if any key, word or figure about money is left that we do not understand, no part is used for
estimates, and ``Price.published`` keeps a short text for people to read.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.contract.capability import Choice
from studio.contract.decode.price import words as words
from studio.contract.decode.price.choices import Choices
from studio.contract.decode.price.discount import directory_discount
from studio.contract.decode.price.table import Place, Table
from studio.contract.published_price import NOT_PUBLISHED, Discount, Price
from studio.contract.spelling.keys import Fields, is_blank, plain
from studio.contract.spelling.values import decimal, figure, says_none, short_text, text, words_of

_OWN_KEYS = ("credits", "pricing", "cost", "price", "creditcost", "creditscost")
_LISTS_OF_PARAMETERS = ("parameters", "params", "inputschema", "properties", "settings", "fields")
_SEE_RECORD = "see the model’s record"
_LONGEST = 60  # characters of the short text


@dataclass(frozen=True, slots=True)
class Reading:
    """``keys`` of the record that were understood, or that are shown as its price."""

    price: Price
    discount: Discount | None
    keys: Collection[str]


def read_price(
    record: Mapping[str, Any],
    choices: Mapping[str, Iterable[Choice]],
    understood: Collection[str] = (),
    also: Mapping[str, str] | None = None,
) -> Reading:
    """Read everything that a model's record says about its price.

    ``choices`` are those of the model's parameters, by wire name. ``understood`` are the keys of the record that are
    known to be about something else: they are only searched for prices within options. ``also`` are more keys, in
    plain spelling, that name a parameter.
    """
    table = Table(Choices(choices, also or {}))
    given = {
        key: value
        for key, value in record.items()
        if not is_blank(value) and key not in understood and _is_about_price(key, value)
    }
    discounts = {key: value for key, value in record.items() if plain(key) in words.DISCOUNT_KEYS}
    discount = directory_discount(Fields(discounts).take(words.DISCOUNT_KEYS))
    own = {key for key in record if plain(key) in _OWN_KEYS}
    if shown := _already_published(given):
        return Reading(Price(published=shown), discount, {*own, *discounts})
    others = {key: value for key, value in record.items() if key not in given and key not in discounts}
    terms = table.terms(given, Place())
    is_whole = terms is not None and table.read_object(given, Place())
    unit = Place(unit=terms.unit) if terms else Place()  # also applies to prices within options
    is_whole = is_whole and all(_read_option(table, key, value, unit) for key, value in others.items())
    price = table.price()
    says_nothing = table.discount is not None or all(map(says_none, given.values()))
    is_priced = bool(price.rows) or (price == NOT_PUBLISHED and says_nothing)
    if not (is_whole and is_priced):
        options = {key: value for key, value in others.items() if words.holds_money(value)}
        return Reading(
            Price(published=_short({**given, **options})), discount or table.discount, {*own, *discounts}
        )
    return Reading(price, discount or table.discount, {*own, *given, *discounts})


def _is_about_price(key: str, value: Any) -> bool:
    return words.is_about_price(key, value) and plain(key) not in words.DISCOUNT_KEYS


def _read_option(table: Table, key: str, value: Any, place: Place) -> bool:
    """False if something about money within it was not understood."""
    if not words.holds_money(value):
        return True
    if plain(key) in _LISTS_OF_PARAMETERS:
        return all(_read_option(table, name, spec, place) for name, spec in _parameters(value))
    name = table.choices.parameter(plain(key))
    return name is not None and table.read_options(name, value, place)


def _parameters(value: Any) -> list[tuple[str, Any]]:
    """(name, description) pairs from a list of objects or an object."""
    if isinstance(value, Mapping):
        return [(key, spec) for key, spec in value.items()]
    specs = [(spec, Fields(spec)) for spec in value if isinstance(spec, Mapping)]
    return [(text(fields.take(("name", "key", "id", "slug"))), spec) for spec, fields in specs]


# ── The short text ──────────────────────────────────────────────────────────────────────────────────────
def _already_published(value: Mapping[str, Any]) -> str:
    """From our own JSON: the text of a price that an earlier decoding did not understand."""
    found = Fields(value).take(_OWN_KEYS)
    return short_text(found.get("published"), _LONGEST) if isinstance(found, Mapping) else ""


def _short(value: Any) -> str:
    """One short line such as ``0.9 USD``; never a dump of a table."""
    if isinstance(value, list | tuple):
        return _SEE_RECORD
    if not isinstance(value, Mapping):
        return short_text("no" if value is False else value, _LONGEST) or _SEE_RECORD
    if len(value) == 1 and plain(next(iter(value))) in _OWN_KEYS:
        return _short(next(iter(value.values())))
    line = _in_currency(value) or ", ".join(f"{_spaced(key)}: {_simple(value[key])}" for key in value)
    return line if len(line) <= _LONGEST and _SEE_RECORD not in line else _SEE_RECORD


def _simple(value: Any) -> str:
    if isinstance(value, Mapping):
        return _in_currency(value) or _SEE_RECORD
    return _SEE_RECORD if isinstance(value, list | tuple) else words_of(value)


def _in_currency(value: Mapping[str, Any]) -> str:
    fields = Fields(value)
    currency, amount = text(fields.take(words.CURRENCY)), decimal(fields.take(("amount", "value", "price")))
    return f"{figure(amount)} {currency}" if currency and amount is not None and not fields.rest() else ""


def _spaced(key: str) -> str:
    return re.sub(r"[_\s]+", " ", str(key))
