"""Models as the contract knows them, and the many ways in which a server may spell them."""

from decimal import Decimal
from itertools import pairwise, product
from random import Random

from hypothesis import strategies as st

from studio.contract.capability import NONE_ALLOWED, Choice, Limits, PromptRule
from studio.contract.published_price import Discount, when
from tests.contract.made import model
from tests.contract.pricing import a_price, by, figure_of

WORDS = st.sampled_from(["Veo 3.1 Fast", "Kling", "Wan 2.6", "Clips, short and long", "Éclair"])
SLUGS = st.builds("{}_{}".format, st.sampled_from(["veo31", "kling", "wan_2_6"]), st.integers(1, 999))
RANDOMS = st.integers(0, 2**32).map(Random)  # far faster than a draw for each of a hundred small choices
AMOUNTS = st.integers(0, 900).map(Decimal) | st.integers(1, 1800).map(lambda n: Decimal(n) / 2)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
# Rows that look nearly right are worse than noise.
NEAR_ROWS = st.dictionaries(
    st.sampled_from(["slug", "id", "job_id", "status", "durations", "credits", "inputs", "images", "prompt"])
    | st.sampled_from(
        ["name", "aspect_ratios", "quality_modes", "created_at", "result_urls", "sound", "error"]
    ),
    JSON,
    max_size=6,
)
GARBAGE = JSON | NEAR_ROWS


def options(values):
    labelled = st.sampled_from(values).flatmap(
        lambda value: st.sampled_from([Choice(value, value), Choice(value, f"{value.title()} choice")])
    )
    return st.lists(labelled, max_size=4, unique_by=lambda choice: choice.value).map(tuple)


LIMITS = st.integers(0, 2).flatmap(
    lambda low: st.builds(Limits, st.just(low), st.none() | st.integers(max(low, 1), 6))
)
RATIOS = options(["16:9", "9:16", "1:1", "Auto"])
QUALITIES = options(["std", "pro", "4k", "720p"])
STORABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
UNKNOWN = st.dictionaries(st.sampled_from(["x_tier", "x_notes"]), STORABLE | st.just({"a": [1, None]}))
RULES = st.builds(PromptRule, st.sampled_from([None, True, False]), st.none() | st.integers(1, 5000))
FIGURES = st.integers(1, 40).map(Decimal)
DISCOUNTS = (
    st.sampled_from([None, Discount()]) | st.builds(Discount, FIGURES) | st.builds(Discount, percent=FIGURES)
)
INPUTS = st.sets(st.sampled_from(["text", "image", "video"]), min_size=1)
DURATIONS = st.lists(st.integers(1, 30), max_size=4, unique=True).map(tuple)


@st.composite
def prices(draw, durations, qualities):
    """Any mix of published parts; those by choice name only choices that the model has."""

    def by(keys):
        return draw(st.dictionaries(st.sampled_from(keys), AMOUNTS, max_size=3)) if keys else {}

    cells = list(product(qualities, durations, [None, False, True]))
    parts = {
        "base": draw(st.none() | AMOUNTS),
        "per_second": draw(st.none() | AMOUNTS),
        "per_second_by_quality": by(qualities),
        "by_duration": by(durations),
        "by_quality": by(qualities),
        "table": by(cells),
    }
    if not a_price(**parts).rows:
        return a_price()
    additions = {name: draw(st.none() | AMOUNTS) for name in ("sound_per_second", "sound", "minimum")}
    return a_price(**parts, **additions)


@st.composite
def capabilities(draw):
    inputs = draw(INPUTS)
    durations = draw(DURATIONS)
    qualities = draw(QUALITIES)
    return model(
        slug=draw(SLUGS),
        name=draw(WORDS),
        description=draw(WORDS),
        engine=draw(WORDS),
        aspect_ratios=draw(RATIOS),
        durations=durations,
        quality_modes=qualities,
        inputs=tuple(kind for kind in ("text", "image", "video") if kind in inputs),
        prompt=draw(RULES),
        images=draw(LIMITS) if "image" in inputs else NONE_ALLOWED,
        videos=draw(LIMITS) if "video" in inputs else NONE_ALLOWED,
        sound=draw(st.booleans()),
        directory_discount=draw(DISCOUNTS),
        price=draw(prices(durations, [quality.value for quality in qualities])),
        unknown=draw(UNKNOWN),
    )


def _respell(rng, key):
    """One key in another case or with other joints."""
    words = key.split("_")
    return rng.choice(
        [
            key,
            key.upper(),
            "-".join(words),
            " ".join(words).capitalize(),
            words[0] + "".join(word.capitalize() for word in words[1:]),
        ]
    )


def _figure(rng, amount):
    exact = int(amount) if amount % 1 == 0 else float(amount)
    return rng.choice([exact, str(exact), f"{exact} credits", float(exact)])


def _choices(rng, found):
    if not found:
        return rng.choice([None, "", [], "not required", "none", "n/a", False])
    objects = [
        [{"value": c.value, "label": c.label} for c in found],
        [{"slug": c.value, "title": c.label} for c in found],
        [{"id": c.value, "name": c.label} for c in found],
        {c.value: c.label for c in found},
    ]
    values = [c.value for c in found]
    bare = [values, ", ".join(values), " ; ".join(values)]
    return rng.choice(objects if any(c.value != c.label for c in found) else objects + bare)


def _durations(rng, found):
    if not found:
        return rng.choice([None, "", [], "not required"])
    unit = rng.choice(["", "s", " s", " sec", " seconds"])
    spellings = [
        list(found),
        [f"{length}{unit}" for length in found],
        [{"value": length, "label": f"{length}{unit}"} for length in found],
        [float(length) for length in found],
        ", ".join(f"{length}{unit}" for length in found),
    ]
    if len(found) == 1:
        spellings += [found[0], f"{found[0]}{unit}", {"seconds": found[0]}]
    steps = {later - earlier for earlier, later in pairwise(found)}
    if len(steps) == 1 and min(steps) > 0:
        spellings.append({"min": found[0], "max": found[-1], "step": steps.pop()})
        if found[1] - found[0] == 1:
            spellings.append(f"{found[0]}-{found[-1]} seconds")
    return rng.choice(spellings)


_KIND_WORDS = {
    "text": ["text", "Text", "prompt", "text-to-video", "t2v"],
    "image": ["image", "images", "image_to_video", "I2V"],
    "video": ["video", "videos", "video to video", "input_video_urls"],
}


def _inputs(rng, found):
    words = [rng.choice(_KIND_WORDS[kind]) for kind in found]
    counts = {word: rng.choice([True, 3]) for word in words}
    counts |= {kind: rng.choice([False, 0]) for kind in _KIND_WORDS if kind not in found}
    return rng.choice([words, " , ".join(words), [{"type": word} for word in words], counts])


def _limits(rng, limits):
    spellings = [{"min": limits.min, "max": limits.max}, {"minimum": limits.min, "maximum": limits.max}]
    if limits.min == 0 and limits.max is not None:
        spellings += [limits.max, str(limits.max), f"up to {limits.max}", {"max": limits.max}]
    if limits == Limits(0, None):
        spellings += [True, "optional"]
    if limits == Limits(1, None):
        spellings += [{"required": True}, "required", "at least 1"]
    return rng.choice(spellings)


def _price(rng, price):
    unit = rng.choice(["", "s", " seconds"])
    record = {}
    figures = {
        ("base", "flat", "base_credits", "per_video"): figure_of(price.rows),
        ("per_second", "credits_per_second"): figure_of(price.rows, per_second=True),
        ("sound_per_second", "audio_per_second"): figure_of(price.extras, when(sound=True), per_second=True),
        ("sound", "audio", "sound_surcharge"): figure_of(price.extras, when(sound=True)),
        ("minimum", "min_credits", "minimum_charge"): figure_of(price.minimums),
    }
    for spellings, amount in figures.items():
        if amount is not None:
            record[_respell(rng, rng.choice(spellings))] = _figure(rng, amount)
    lengths = {f"{n}{unit}": _figure(rng, cost) for n, cost in by(price.rows, "duration_seconds").items()}
    modes = {mode: _figure(rng, cost) for mode, cost in by(price.rows, "quality_mode").items()}
    rates = {
        mode: _figure(rng, cost) for mode, cost in by(price.rows, "quality_mode", per_second=True).items()
    }
    if lengths:
        rows = [{"duration": key, "credits": cost} for key, cost in lengths.items()]
        record[_respell(rng, "by_duration")] = rng.choice([lengths, rows])
    if modes and rng.choice([True, False]):
        record |= modes
    elif modes:
        rows = [{"quality": key, "credits": cost} for key, cost in modes.items()]
        record[_respell(rng, "by_quality")] = rng.choice([modes, rows])
    if rates:
        has_rate = figure_of(price.rows, per_second=True) is not None
        record[_respell(rng, "per_second_by_quality" if has_rate else "per_second")] = rates
    if table := _table(rng, price):
        record["rows"] = table
    return _shortened(rng, price, record)


def _table(rng, price):
    """A row for each combination of choices."""
    rows = [row for row in price.rows if len(row.when) > 1]
    names = {
        "quality_mode": ["quality", "quality_mode", "resolution"],
        "duration_seconds": ["duration", "seconds", "duration_seconds"],
        "sound": ["sound", "audio"],
    }
    named = {name: rng.choice(spellings) for name, spellings in names.items()}
    return [
        {
            **{named[name]: said == "true" if name == "sound" else said for name, said in row.when},
            rng.choice(["credits", "cost", "price"]): _figure(rng, row.amount),
        }
        for row in rows
    ]


def _shortened(rng, price, record):
    """As a figure, words or a bare list, where the price is that simple."""
    if price == a_price(base=(base := figure_of(price.rows))) and base is not None:
        said = _figure(rng, base)
        return rng.choice([said, f"base: {said}", record, f"{base:f} credits per clip"])
    if price == a_price(per_second=(rate := figure_of(price.rows, per_second=True))) and rate is not None:
        unit = {
            rng.choice(["unit", "billing", "pricing_type"]): rng.choice(
                ["second", "per_second", "per second"]
            )
        }
        words = [f"{rate:f}/s", f"{rate:f} credits per second", f"per second: {rate:f}"]
        return rng.choice([record, *words, {"amount": _figure(rng, rate), **unit}])
    if set(record) == {"rows"}:
        return rng.choice([record, record["rows"]])
    if record and all(not isinstance(part, dict | list) for part in record.values()):
        return rng.choice([record, ", ".join(f"{key}: {part}" for key, part in record.items())])
    return record


def _discount(rng, discount):
    if discount.percent is not None:
        percent = _figure(rng, discount.percent).__str__().removesuffix(" credits")
        return rng.choice(
            [f"{percent}%", {"percent": percent}, {"eligible": True, "discount": f"{percent} %"}]
        )
    if discount.credits is None:
        return rng.choice([True, "yes", {"eligible": True}, {"supported": "yes"}])
    amount = _figure(rng, discount.credits)
    return rng.choice([amount, {"eligible": True, "discount_credits": amount}, {"amount": amount}])


def spelled(capability, rng):
    """The same model as some server might write it."""
    said = {
        ("model_slug", "slug", "id"): capability.slug,
        ("name", "title", "label", "display_name"): capability.name,
        ("description", "tagline", "summary"): capability.description,
        ("engine", "engine_label", "provider"): capability.engine,
        ("aspect_ratios", "ratios", "aspect_ratio_options"): _choices(rng, capability.aspect_ratios),
        ("durations", "duration_options", "duration_seconds"): _durations(rng, capability.durations),
        ("quality_modes", "qualities", "quality_options"): _choices(rng, capability.quality_modes),
        ("inputs", "input_types"): _inputs(rng, capability.inputs),
        ("credits", "pricing", "cost"): _price(rng, capability.price),
        ("sound", "has_audio", "supports_audio"): rng.choice(
            [True, "yes", 1] if capability.sound else [False, "no", 0, None, "not supported"]
        ),
    }
    if capability.directory_discount is not None:
        discount = _discount(rng, capability.directory_discount)
        names = ("directory_discount", "prompt_directory_discount")
        place = said[("credits", "pricing", "cost")]
        if isinstance(place, dict) and rng.choice([True, False]):
            place[rng.choice(names)] = discount
        else:
            said[names] = discount
    record = {_respell(rng, rng.choice(names)): value for names, value in said.items()}
    record |= _spelled_limits(rng, capability)
    items = list((record | capability.unknown).items())
    rng.shuffle(items)
    return dict(items)


def _spelled_limits(rng, capability):
    record = {}
    for kind, limits in (("image", capability.images), ("video", capability.videos)):
        if not limits.allows_any:
            continue
        if rng.choice([True, False]):
            record[_respell(rng, rng.choice([f"{kind}s", f"{kind}_limits"]))] = _limits(rng, limits)
        else:
            record[_respell(rng, f"min_{kind}s")] = limits.min
            record[_respell(rng, f"max_{kind}s")] = limits.max
    rule = capability.prompt
    if rng.choice([True, False]):
        record[_respell(rng, "prompt")] = {"required": rule.required, "max_length": rule.max_length}
    else:
        record[_respell(rng, "prompt_required")] = rule.required
        record[_respell(rng, rng.choice(["prompt_max_length", "max_prompt_length"]))] = rule.max_length
    return record


def enveloped(rows, lists, key_of, rng):
    """Rows as a bare array, under a key, nested once, or as a mapping from their id."""
    name = rng.choice(lists)
    by_id = {key_of(row) or f"row {number}": row for number, row in enumerate(rows)}
    shapes = [
        rows,
        {name: rows},
        {"success": True, "count": len(rows), "next": None, name: rows},
        {"success": True, "payload": {name: rows}},
    ]
    if len(by_id) == len(rows) and all(isinstance(row, dict) for row in rows):
        shapes += [by_id, {name: by_id}, {"success": True, "payload": by_id}]
    return rng.choice(shapes)
