"""What a clip will cost, as far as the published price tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import product

from studio.contract.capability import Capability, Price
from studio.contract.request import GenerateRequest
from studio.contract.values import figure


@dataclass(frozen=True, slots=True)
class Part:
    """One term of the sum: its words, and its credits (negative for a discount)."""

    words: str
    credits: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """``credits`` is rounded up, None where the published price does not tell; ``basis`` says why.

    ``source`` is "published" or "learned"; then ``published`` is the figure that it was preferred to, if there is one.
    """

    credits: int | None
    basis: str
    parts: tuple[Part, ...] = ()
    source: str = "published"
    published: int | None = None


@dataclass(frozen=True, slots=True)
class _Options:
    """The choices that a price can depend on."""

    duration: int | None
    quality: str
    sound: bool
    optin: bool


def estimate(request: GenerateRequest, capability: Capability) -> Estimate:
    """The price of one clip. A choice that the request leaves open counts at the dearest one offered."""
    sums = [_parts(options, capability) for options in _possible(request, capability)]
    known = [parts for parts in sums if parts is not None]
    if not known or len(known) < len(sums):
        return Estimate(None, _without_figure(capability.price))
    dearest = max(known, key=_credits)
    at_most = "at most " if _credits(dearest) > min(map(_credits, known)) else ""
    return Estimate(_credits(dearest), at_most + _basis(dearest), dearest)


def price_range(capability: Capability) -> tuple[int, int] | None:
    """The cheapest and the dearest legal combination, opt-in discount and sound included; None: not told."""
    prices = [price for price in _prices(capability, optins=(False, True)) if price is not None]
    return (min(prices), max(prices)) if prices else None


def price_label(capability: Capability) -> str:
    """For a model's card, without the opt-in discount: "100 credits", "from 60", or what is published."""
    prices = list(_prices(capability, optins=(False,)))
    known = {price for price in prices if price is not None}
    if not known:
        return _without_figure(capability.price)
    if len(known) > 1 or None in prices:
        return f"from {min(known)}"
    return _in_credits(Decimal(known.pop()))


def _prices(capability: Capability, optins: tuple[bool, ...]) -> Iterator[int | None]:
    """Of every legal combination of choices."""
    for duration, quality, sound, optin in product(
        capability.durations or (None,),
        [choice.value for choice in capability.quality_modes] or [""],
        (False, True) if capability.sound else (False,),
        optins if capability.directory_discount is not None else (False,),
    ):
        parts = _parts(_Options(duration, quality, sound, optin), capability)
        yield None if parts is None else _credits(parts)


def _possible(request: GenerateRequest, capability: Capability) -> Iterator[_Options]:
    durations = (request.duration_seconds,) if request.duration_seconds else capability.durations or (None,)
    offered = [choice.value for choice in capability.quality_modes] or [""]
    qualities = [request.quality_mode] if request.quality_mode else offered
    for duration, quality in product(durations, qualities):
        yield _Options(duration, quality, request.sound is True, request.prompt_directory_optin)


def _parts(options: _Options, capability: Capability) -> tuple[Part, ...] | None:
    """The terms of the sum, None where one of them is not published."""
    clip = _clip(options, capability)
    sound = _sound(options, capability)
    if clip is None or sound is None:
        return None
    discount = capability.directory_discount if options.optin else None
    return (*clip, *sound, *([Part("directory discount", -discount)] if discount else []))


def _clip(options: _Options, capability: Capability) -> tuple[Part, ...] | None:
    """A price that names the duration or quality wins; of several, the dearest, to promise no less."""
    price, length = capability.price, options.duration
    named = []
    if length is not None and length in price.by_duration:
        named.append(
            Part(f"{_in_credits(price.by_duration[length])} for {length} s", price.by_duration[length])
        )
    if options.quality in price.by_quality:
        cost = price.by_quality[options.quality]
        named.append(Part(f"{_in_credits(cost)} for {_quality_label(options.quality, capability)}", cost))
    if options.quality in price.per_second_by_quality:
        if length is None:
            return None
        named.append(_by_the_second(length, price.per_second_by_quality[options.quality]))
    if named:
        return (max(named, key=lambda part: part.credits),)
    base = () if price.base is None else (Part(_in_credits(price.base), price.base),)
    if price.per_second is None:
        return base or None
    return None if length is None else (*base, _by_the_second(length, price.per_second))


def _sound(options: _Options, capability: Capability) -> tuple[Part, ...] | None:
    price = capability.price
    if not options.sound or not capability.sound:
        return ()
    if price.sound_per_second is None:
        return () if price.sound is None else (Part("sound", price.sound),)
    if options.duration is None:
        return None
    return (Part("sound", (price.sound or 0) + options.duration * price.sound_per_second),)


def _by_the_second(length: int, rate: Decimal) -> Part:
    return Part(f"{length} s × {_in_credits(rate)}", length * rate)


def _quality_label(quality: str, capability: Capability) -> str:
    return next((choice.label for choice in capability.quality_modes if choice.value == quality), quality)


def _credits(parts: tuple[Part, ...]) -> int:
    total = sum((part.credits for part in parts), Decimal(0))
    return max(0, int(total.to_integral_value(ROUND_CEILING)))


def _basis(parts: tuple[Part, ...]) -> str:
    """``8 s × 12 credits + sound 16 − directory discount 10``."""
    first, *others = parts
    signs = (("−" if part.credits < 0 else "+", part) for part in others)
    terms = (
        f" {sign} {part.words} {figure(abs(part.credits))}"
        if part.words in _NAMED
        else f" {sign} {part.words}"
        for sign, part in signs
    )
    return first.words + "".join(terms)


_NAMED = ("sound", "directory discount")  # terms whose words do not tell the figure


def _in_credits(amount: Decimal) -> str:
    return "1 credit" if amount == 1 else f"{figure(amount)} credits"


def _without_figure(price: Price) -> str:
    if price.published:
        return price.published
    return "price not published" if price.per_second is None else f"{_in_credits(price.per_second)} a second"
