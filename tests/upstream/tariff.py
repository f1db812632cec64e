"""What a studio truly charges, and the many ways in which it may publish that: the judge of every estimate.

A tariff charges by its own figures and knows nothing of the product's reading of what was published.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

from tests.upstream.catalogue import NO_FILES, PROMPT, Record

type Cells = dict[tuple[str, int], Fraction]  # by quality and seconds


@dataclass(frozen=True)
class Tariff:
    """All parts add up. ``qualities`` is ("",) where there is nothing to choose."""

    lengths: tuple[int, ...]
    qualities: tuple[str, ...]
    has_sound: bool
    base: Fraction = Fraction(0)
    rates: dict[str, Fraction] = field(default_factory=dict)  # a second, by quality
    cells: Cells = field(default_factory=dict)
    loud_cells: Cells = field(default_factory=dict)  # instead, with sound
    sound_once: Fraction = Fraction(0)
    sound_rate: Fraction = Fraction(0)
    minimum: Fraction = Fraction(0)
    discount: Fraction = Fraction(0)
    is_percent: bool = False
    hidden: Fraction = Fraction(0)  # charged, and published in words that nobody can know

    def charge(self, body: Record) -> int:
        """Credits, rounded up. What the request leaves open, this studio chooses: the dearest."""
        lengths = [body["duration_seconds"]] if body.get("duration_seconds") else self.lengths
        qualities = [body["quality_mode"]] if body.get("quality_mode") else self.qualities
        sounds = [body["sound"]] if "sound" in body else [False, self.has_sound]
        is_shared = bool(body.get("prompt_directory_optin"))
        return max(
            self._cost(quality, length, sound, is_shared)
            for quality, length, sound in product(qualities, lengths, sounds)
        )

    def _cost(self, quality: str, length: int, is_loud: bool, is_shared: bool) -> int:
        cells = self.loud_cells if is_loud and self.loud_cells else self.cells
        cost = self.base + self.rates.get(quality, 0) * length + cells.get((quality, length), 0)
        cost = max(cost, self.minimum)
        if is_loud:
            cost += self.sound_once + self.sound_rate * length
        if is_shared:
            cost -= cost * self.discount / 100 if self.is_percent else self.discount
        return math.ceil(max(cost, self.minimum, Fraction(0)) + self.hidden)


def number(amount: Fraction) -> float:
    return int(amount) if amount.denominator == 1 else float(amount)


# ── Made up ─────────────────────────────────────────────────────────────────────────────────────────────
def invented(rng: Random) -> tuple[Tariff, Record]:
    """A tariff, and the record of a model that publishes it in some way. Some ways cannot be understood."""
    lengths = tuple(sorted(rng.sample(range(3, 21), rng.randint(1, 3))))
    qualities = rng.choice([("",), ("std", "pro"), ("720p", "1080p", "4k")])
    shape = rng.choice([*SHAPES, _per_second, _table])
    terms, published = shape(rng, lengths, qualities)
    tariff = Tariff(lengths, qualities, has_sound=rng.random() < 0.6, **terms)
    record = _record(tariff, published)
    tariff = _with_sound(rng, tariff, record)
    tariff = _with_discount(rng, tariff, record)
    if rng.random() < 0.15:
        tariff = _with_secret(rng, tariff, record)
    return tariff, record


def _record(tariff: Tariff, published: Record) -> Record:
    return {
        "model_slug": "invented",
        "name": "Invented",
        "aspect_ratios": ["16:9", "9:16"],
        "durations": list(tariff.lengths),
        "quality_modes": [quality for quality in tariff.qualities if quality],
        "inputs": ["text"],
        "prompt": PROMPT,
        "images": NO_FILES,
        "videos": NO_FILES,
        "sound": tariff.has_sound,
        **published,
    }


def _figure(rng: Random, low: int = 1, high: int = 300) -> Fraction:
    return Fraction(rng.randint(low * 10, high * 10), rng.choice([10, 10, 5, 20]))


def _flat(rng: Random, lengths: Any, qualities: Any) -> tuple[Record, Record]:
    amount = _figure(rng)
    said = number(amount)
    key = rng.choice(["credits", "pricing", "cost", "price", "credit_cost"])
    ways = [said, str(said), f"{said} credits", f"base: {said}", {"base": said}, f"{said} credits per video"]
    ways += [{"amount": said, "currency": "credits"}, {"amount": said, "unit": "clip"}, {"credits": said}]
    return {"base": amount}, {key: rng.choice(ways)}


def _per_second(rng: Random, lengths: Any, qualities: Any) -> tuple[Record, Record]:
    rate = _figure(rng, 1, 30)
    said = number(rate)
    minimum = _figure(rng) if rng.random() < 0.3 else Fraction(0)
    word = rng.choice(["second", "per_second", "per second", "sec"])
    unit = {rng.choice(["billing", "unit", "pricing_type", "per", "billing_type"]): word}
    ways: list[Record] = [
        {"credits": said, rng.choice(["pricing_type", "billing", "credit_unit"]): word},
        {"credits_per_second": said},
        {"credits": {"amount": said, **unit}},
        {"pricing": {"per_second": said}},
        {"price": {"credits": said, "per_second": True}},
        {"cost": f"{said} credits per second"},
        {"credits": f"{said}/s"},
    ]
    published = rng.choice(ways)
    if minimum:
        published = published | {rng.choice(["minimum_credits", "min_credits"]): number(minimum)}
    return {"rates": dict.fromkeys(qualities, rate), "minimum": minimum}, published


def _rates(rng: Random, lengths: Any, qualities: tuple[str, ...]) -> tuple[Record, Record]:
    if qualities == ("",):
        return _per_second(rng, lengths, qualities)
    rates = {quality: _figure(rng, 1, 30) for quality in qualities}
    said = {quality: number(rate) for quality, rate in rates.items()}
    base = _figure(rng) if rng.random() < 0.3 else Fraction(0)
    if base:
        return {"base": base, "rates": rates}, {"credits": {"base": number(base), "per_second": said}}
    ways: list[Record] = [
        {"credits": {"per_second": said}},
        {"credits": {quality: {"per_second": rate} for quality, rate in said.items()}},
        {"pricing": {quality: f"{rate}/s" for quality, rate in said.items()}},
        {"credits": {**said, "billing": "per_second"}},
        {"credits": [{"quality": q, "credits": rate, "unit": "second"} for q, rate in said.items()]},
        {"quality_modes": [{"value": q, "credits": rate, "per": "second"} for q, rate in said.items()]},
        {"quality_modes": {q: {"credits_per_second": rate} for q, rate in said.items()}},
    ]
    return {"rates": rates}, rng.choice(ways)


def _by_duration(rng: Random, lengths: tuple[int, ...], qualities: tuple[str, ...]) -> tuple[Record, Record]:
    costs = {length: _figure(rng) for length in lengths}
    said = {length: number(cost) for length, cost in costs.items()}
    ways: list[Record] = [
        {"credits": {"by_duration": {str(length): cost for length, cost in said.items()}}},
        {"credits": {f"{length}s": cost for length, cost in said.items()}},
        {"pricing": [{"duration": length, "credits": cost} for length, cost in said.items()]},
        {"credits": ", ".join(f"{length}s: {cost}" for length, cost in said.items())},
        {"durations": {f"{length}s": {"credits": cost} for length, cost in said.items()}},
        {"durations": [{"value": length, "label": f"{length} s", "price": c} for length, c in said.items()]},
    ]
    return {"cells": {(quality, n): costs[n] for quality in qualities for n in lengths}}, rng.choice(ways)


def _by_quality(rng: Random, lengths: tuple[int, ...], qualities: tuple[str, ...]) -> tuple[Record, Record]:
    if qualities == ("",):
        return _flat(rng, lengths, qualities)
    costs = {quality: _figure(rng) for quality in qualities}
    said = {quality: number(cost) for quality, cost in costs.items()}
    ways: list[Record] = [
        {"credits": said},
        {"credits": {"by_quality": said}},
        {"price": [{"resolution": quality, "cost": cost} for quality, cost in said.items()]},
        {"quality_modes": [{"value": quality, "credits": cost} for quality, cost in said.items()]},
        {"quality_modes": {quality: {"credits": cost} for quality, cost in said.items()}},
    ]
    return {"cells": {(q, n): costs[q] for q in qualities for n in lengths}}, rng.choice(ways)


def _table(rng: Random, lengths: tuple[int, ...], qualities: tuple[str, ...]) -> tuple[Record, Record]:
    if qualities == ("",):
        return _by_duration(rng, lengths, qualities)
    cells = {place: _figure(rng) for place in product(qualities, lengths)}
    rows = [{"quality": q, "duration": n, "credits": number(cost)} for (q, n), cost in cells.items()]
    by_quality = {q: {f"{n}s": number(cells[q, n]) for n in lengths} for q in qualities}
    by_length = {str(n): {q: {"credits": number(cells[q, n])} for q in qualities} for n in lengths}
    key = rng.choice(["credits", "pricing"])
    return {"cells": cells}, {key: rng.choice([rows, {"rows": rows}, by_quality, by_length])}


def _dollars(rng: Random, lengths: Any, qualities: Any) -> tuple[Record, Record]:
    """Never understood."""
    said = number(_figure(rng, 1, 3))
    ways: list[Record] = [
        {"price": {"amount": said, "currency": "USD"}},
        {"price": f"${said}"},
        {"pricing_skus": {"invented": str(said)}},
        {"credits": {"amount": said, "unit": "minute"}},
        {"credits": said, "currency": "EUR"},
        {"credits": f"from {said}"},
        {},
    ]
    return {"base": _figure(rng, 100, 900)}, rng.choice(ways)


type Shape = Callable[[Random, tuple[int, ...], tuple[str, ...]], tuple[Record, Record]]
SHAPES: list[Shape] = [_flat, _per_second, _rates, _by_duration, _by_quality, _table, _dollars]


# ── On top ──────────────────────────────────────────────────────────────────────────────────────────────
def _changed(tariff: Tariff, **terms: Any) -> Tariff:
    return Tariff(**{**tariff.__dict__, **terms})


def _with_sound(rng: Random, tariff: Tariff, record: Record) -> Tariff:
    """Published in the record's ``sound``, or beside the price."""
    if not tariff.has_sound or rng.random() < 0.3:
        return tariff
    extra = _figure(rng, 1, 40)
    said = number(extra)
    if tariff.cells and isinstance(record.get("credits"), list) and rng.random() < 0.5:
        return _with_loud_rows(rng, tariff, record)
    once: list[Record] = [
        {"sound": {"supported": True, "credits": said}},
        {"sound": {"supported": True, "surcharge": f"{said} credits"}},
        {"sound_credits": said},
    ]
    each: list[Record] = [
        {"sound": {"supported": True, "credits": said, "per": "second"}},
        {"sound": {"supported": True, "credits_per_second": said}},
        {"sound_credits_per_second": said},
    ]
    is_rate = rng.random() < 0.5
    record |= rng.choice(each if is_rate else once)
    if not is_rate and {"billing", "pricing_type", "credit_unit"} & record.keys():
        is_rate = rng.random() < 0.5  # the unit that the whole record names may be meant for this, too
    return _changed(tariff, sound_rate=extra) if is_rate else _changed(tariff, sound_once=extra)


def _with_loud_rows(rng: Random, tariff: Tariff, record: Record) -> Tariff:
    if not all({"quality", "duration"} <= row.keys() for row in record["credits"]):
        return tariff
    loud = {place: cost + _figure(rng, 1, 40) for place, cost in tariff.cells.items()}
    silent = [{**row, "sound": False} for row in record["credits"]]
    record["credits"] = silent + [
        {"quality": q, "duration": n, "sound": True, "credits": number(cost)} for (q, n), cost in loud.items()
    ]
    return _changed(tariff, loud_cells=loud)


def _with_discount(rng: Random, tariff: Tariff, record: Record) -> Tariff:
    """A bare yes takes something off, or nothing."""
    if rng.random() < 0.4:
        return tariff
    off, is_percent = Fraction(rng.randint(1, 40)), rng.random() < 0.5
    percent: list[Any] = [f"{off}%", {"percent": int(off)}, {"eligible": True, "discount": f"{off} %"}]
    credits: list[Any] = [int(off), {"eligible": True, "discount_credits": int(off)}, f"{off} credits"]
    if rng.random() < 0.2:
        record["prompt_directory"] = rng.choice([True, {"eligible": True}])
        return _changed(tariff, discount=rng.choice([off, Fraction(0)]), is_percent=is_percent)
    key = rng.choice(["directory_discount", "prompt_directory"])
    record[key] = rng.choice(percent if is_percent else credits)
    return _changed(tariff, discount=off, is_percent=is_percent)


def _with_secret(rng: Random, tariff: Tariff, record: Record) -> Tariff:
    """A surcharge in words that nobody can know: the page must not name a figure."""
    amount = _figure(rng, 1, 90)
    record |= rng.choice(list(_secrets(number(amount))))
    return _changed(tariff, hidden=amount)


def _secrets(said: float) -> Iterator[Record]:
    yield {"peak_surcharge": said}
    yield {"pricing_note": f"plus {said} at weekends"}
    yield {"billing_fee": said}
    yield {"addons": {"watermark_removal": {"credits": said}}}
    yield {"queue_cost": {"standard": said}}
    yield {"minimum_spend": said * 10}
