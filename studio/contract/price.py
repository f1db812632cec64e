"""Estimates what a clip will cost from the model's published price."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import product
from math import prod

from studio.contract.capability import Capability
from studio.contract.published_price import DURATION, SOUND, Price, Row, as_text
from studio.contract.request import GenerateRequest
from studio.contract.rules import sends_off
from studio.contract.spelling.values import figure

PUBLISHED = "Price as published: "  # before the studio's own words, if they were not understood
SAYS_NOTHING = "price not published"
BY_CHOICE = "no price published for these choices"
_MOST_LOOKS = 100_000  # row checks over all combinations; above it, open choices have no estimate
_MOST_CREDITS = 500_000_000  # for one clip: four such clips still fit into the database column


@dataclass(frozen=True, slots=True)
class Part:
    """One term of the sum: its words, and its credits (negative for a discount).

    ``is_named``: the words do not include the figure, so it is shown after them.
    """

    words: str
    credits: Decimal
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """``credits`` is rounded up, None if the published price is not enough for a figure; ``basis`` says why.

    ``source`` is "published" or "learned". A learned estimate keeps the published figure in ``published``, if any.
    """

    credits: int | None
    basis: str
    parts: tuple[Part, ...] = ()
    source: str = "published"
    published: int | None = None


type _Options = Mapping[str, str]  # wire name → value, of every parameter that the price depends on


def estimate(request: GenerateRequest, capability: Capability) -> Estimate:
    """The price of one clip. A choice that the request leaves open counts as the dearest one offered."""
    sums = _sums(request, capability, request.prompt_directory_optin)
    known = [parts for parts in sums if parts is not None]
    if not known or len(known) < len(sums):
        return Estimate(None, _without_figure(capability.price))
    dearest = max(known, key=_credits)
    at_most = "at most " if _credits(dearest) > min(map(_credits, known)) else ""
    return Estimate(_credits(dearest), at_most + _basis(dearest), dearest)


def price_range(capability: Capability) -> tuple[int, int] | None:
    """The cheapest and the dearest legal combination, with opt-in discount and sound; None if no price is known."""
    prices = [price for price in _prices(capability, optins=(False, True)) if price is not None]
    return (min(prices), max(prices)) if prices else None


def price_label(capability: Capability) -> str:
    """For a model's card, without the opt-in discount: "100 credits", "from 60", or what is published."""
    prices = _prices(capability, optins=(False,))
    known = {price for price in prices if price is not None}
    if not known:
        return _without_figure(capability.price)
    if len(known) > 1 or None in prices:
        return f"from {min(known)}"
    return _in_credits(Decimal(known.pop()))


def _prices(capability: Capability, optins: tuple[bool, ...]) -> list[int | None]:
    """The price of every legal combination of choices."""
    anything = GenerateRequest(model_slug=capability.slug)
    offered = optins if capability.directory_discount is not None else (False,)
    sums = (parts for optin in offered for parts in _sums(anything, capability, optin, is_whole=True))
    return [None if parts is None else _credits(parts) for parts in sums]


def _sums(
    request: GenerateRequest, capability: Capability, optin: bool, is_whole: bool = False
) -> Sequence[tuple[Part, ...] | None]:
    """The terms of the sum for each combination of what the request leaves open; None for one without a known price.

    A flag that the request leaves out counts as off, unless its "off" is sent explicitly. With ``is_whole`` every
    missing flag counts as open.
    """
    return [_parts(options, capability, optin) for options in _possible(request, capability, is_whole)]


def _possible(request: GenerateRequest, capability: Capability, is_whole: bool) -> Iterator[_Options]:
    """Every combination of values; none if there are too many to check."""
    value = request.to_json()
    names = sorted(capability.price.names)
    values = [
        [as_text(value[name])] if name in value else sorted(_offered(name, capability, is_whole))
        for name in names
    ]
    if prod(map(len, values)) * len(capability.price.every_row) <= _MOST_LOOKS:
        yield from (dict(zip(names, combination, strict=True)) for combination in product(*values))


def _offered(name: str, capability: Capability, is_whole: bool) -> set[str]:
    """The possible values of a missing parameter. Without known choices: the values that the price names."""
    parameter = capability.parameter(name)
    if name == SOUND and parameter is None:
        return {"false"}
    if parameter is not None and parameter.kind == "flag":
        return {"false", "true"} if is_whole or sends_off(parameter) else {"false"}
    priced = {value for row in capability.price.every_row for named, value in row.when if named == name}
    return {as_text(choice.value) for choice in capability.choices_of(name)} or priced or {""}


# ── One combination ─────────────────────────────────────────────────────────────────────────────────────
def _parts(options: _Options, capability: Capability, optin: bool) -> tuple[Part, ...] | None:
    """The terms of the sum, None if one of them is not published."""
    price = capability.price
    extras = [row for row in price.extras if row.applies_to(options)]
    minimums = [row for row in price.minimums if row.applies_to(options)]
    rows = _deciding([row for row in price.rows if row.applies_to(options)])
    costs = [_cost(row, options) for row in (*rows, *extras, *minimums)]
    if not rows or any(cost is None or cost > _MOST_CREDITS for cost in costs):
        return None
    clip = [_clip_part(row, options, capability) for row in rows]
    least = max((_cost(row, options) or Decimal(0) for row in minimums), default=Decimal(0))
    if least > _sum(clip):
        clip = [Part(f"{_in_credits(least)} minimum", least)]
    added = [_extra_part(row, options, capability) for row in extras]
    return (*clip, *added, *_discount_part(capability, optin, _sum(clip), _sum(added), least))


def _deciding(rows: Sequence[Row]) -> list[Row]:
    """Of the rows that apply, those that make up the price: all except rows replaced by a more specific one.

    A row replaces another one if it names everything that the other names and more, and costs no less. A cheaper one
    may be meant as an addition, so both count. An amount for a clip replaces a rate per second only if it names the
    duration.
    """
    found = [row for row in rows if not any(_replaces(other, row) for other in rows)]
    return sorted(found, key=lambda row: row.per_second)


def _replaces(special: Row, general: Row) -> bool:
    if not special.names > general.names:
        return False
    if special.per_second == general.per_second:
        return special.amount >= general.amount
    return DURATION in special.names and not special.per_second


def _cost(row: Row, options: _Options) -> Decimal | None:
    """None for a price per second if the duration is unknown."""
    if not row.per_second:
        return row.amount
    length = options.get(DURATION)
    return row.amount * int(length) if length else None


def _sum(parts: Sequence[Part]) -> Decimal:
    return sum((part.credits for part in parts), Decimal(0))


def _credits(parts: Sequence[Part]) -> int:
    return max(0, int(_sum(parts).to_integral_value(ROUND_CEILING)))


# ── Its words ───────────────────────────────────────────────────────────────────────────────────────────
def _clip_part(row: Row, options: _Options, capability: Capability) -> Part:
    cost = _cost(row, options) or Decimal(0)
    if row.per_second:
        return Part(f"{options[DURATION]} s × {_in_credits(row.amount)}", cost)
    named = _named(row, capability)
    return Part(f"{_in_credits(cost)} for {named}" if named else _in_credits(cost), cost)


def _extra_part(row: Row, options: _Options, capability: Capability) -> Part:
    return Part(_named(row, capability) or "surcharge", _cost(row, options) or Decimal(0), is_named=True)


def _discount_part(
    capability: Capability, optin: bool, clip: Decimal, added: Decimal, least: Decimal
) -> list[Part]:
    """Never promises too much: a percentage applies to the clip alone, and the result is not below a minimum."""
    discount = capability.directory_discount
    if not (optin and discount):
        return []
    off = discount.of(clip)
    if least:
        off = min(off, clip + added - least)
    return [Part("directory discount", -off, is_named=True)] if off else []


def _named(row: Row, capability: Capability) -> str:
    """ "8 s, Pro, sound": the choices of a row in words."""
    return ", ".join(_words(name, value, capability) for name, value in row.when)


def _words(name: str, value: str, capability: Capability) -> str:
    if name == DURATION:
        return f"{value} s"
    parameter = capability.parameter(name)
    if name == SOUND or (parameter is not None and parameter.kind == "flag"):
        label = parameter.label.lower() if parameter and parameter.label else name
        return label if value == "true" else f"no {label}"
    labels = {as_text(choice.value): choice.label for choice in capability.choices_of(name)}
    return labels.get(value, value)


def _basis(parts: Sequence[Part]) -> str:
    """``8 s × 12 credits + sound 16 − directory discount 10``."""
    first, *others = parts
    terms = (
        f" {'−' if part.credits < 0 else '+'} {part.words}"
        + (f" {figure(abs(part.credits))}" if part.is_named else "")
        for part in others
    )
    return first.words + "".join(terms)


def _in_credits(amount: Decimal) -> str:
    return "1 credit" if amount == 1 else f"{figure(amount)} credits"


def _without_figure(price: Price) -> str:
    if price.published:
        return f"{PUBLISHED}{price.published}"
    rates = [row.amount for row in price.rows if row.per_second]
    if rates:
        return f"{_in_credits(max(rates))} a second"
    return BY_CHOICE if price.rows else SAYS_NOTHING
