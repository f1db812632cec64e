"""Prices in every spelling: read whole, or shown as published."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.decode import decode_models, to_json
from studio.contract.decode.capability.record import decode_capability
from studio.contract.price import estimate, price_label
from studio.contract.published_price import Price, Row, when
from studio.contract.request import GenerateRequest
from tests.contract.pricing import a_price, exact
from tests.contract.strategies import JSON

ROWS = [
    {"quality": "std", "duration": 5, "credits": 50},
    {"quality": "std", "duration": 10, "credits": 90},
    {"quality": "pro", "duration": 5, "credits": 80},
    {"quality": "pro", "duration": 10, "credits": 150},
]
CELLS = {("std", 5, None): 50, ("std", 10, None): 90, ("pro", 5, None): 80, ("pro", 10, None): 150}
SOUND_CELLS = {("std", 5, False): 50, ("std", 5, True): 60, ("pro", 5, False): 80, ("pro", 5, True): 95}


def model(**record):
    (capability,) = decode_models([{"slug": "veo", **record}]).capabilities
    return capability


def price_of(credits, **record):
    return model(credits=credits, **record).price


def credits_of(record, **said):
    return estimate(GenerateRequest("veo", **said), model(**record)).credits


@pytest.mark.parametrize(
    ("credits", "price"),
    [
        (100, a_price(base=100)),
        ("100", a_price(base=100)),
        ("1,200 credits", a_price(base=1200)),
        ("base: 100", a_price(base=100)),
        ("100 credits per video", a_price(base=100)),
        ("free", a_price(base=0)),
        (12.5, a_price(base="12.5")),
        ("12 credits per second", a_price(per_second=12)),
        ("12.5/s", a_price(per_second="12.5")),
        ({"amount": 12, "unit": "second"}, a_price(per_second=12)),
        ({"amount": 12, "billing": "per_second"}, a_price(per_second=12)),
        ({"credits": 12, "per_second": True}, a_price(per_second=12)),
        ({"amount": 12, "unit": "credits", "billing": "per_second"}, a_price(per_second=12)),
        ({"amount": 12, "billing": "per generation"}, a_price(base=12)),
        ({"base": 60, "per_second": 12}, a_price(base=60, per_second=12)),
        ({"per_second": 12, "minimum": 40}, a_price(per_second=12, minimum=40)),
        ("12 per second, minimum: 40", a_price(per_second=12, minimum=40)),
        ({"5s": 100, "10s": 200}, a_price(by_duration={5: 100, 10: 200})),
        ("5s: 100, 10s: 200", a_price(by_duration={5: 100, 10: 200})),
        ({"duration_pricing": {"5": 100}}, a_price(by_duration={5: 100})),
        ([{"seconds": 5, "cost": 100}], a_price(by_duration={5: 100})),
        ([], a_price()),
        (None, a_price()),
        ({"base": 100, "label": "Standard", "currency": "credits"}, a_price(base=100)),
        ({"base": 100, "cost": 100}, a_price(base=100)),
    ],
)
def test_prices_in_their_spellings(credits, price):
    assert price_of(credits) == price


@pytest.mark.parametrize(
    ("credits", "price"),
    [
        ({"STD": 100, "pro": 200}, a_price(by_quality={"std": 100, "pro": 200})),
        ("std: 100; pro: 200", a_price(by_quality={"std": 100, "pro": 200})),
        ({"per_second": {"std": 8}}, a_price(per_second_by_quality={"std": 8})),
        (
            {"std": 8, "pro": 12, "billing": "per second"},
            a_price(per_second_by_quality={"std": 8, "pro": 12}),
        ),
        ("std: 8/s, pro: 12/s", a_price(per_second_by_quality={"std": 8, "pro": 12})),
        ({"by_quality": {"pro": {"per_second": 12}}}, a_price(per_second_by_quality={"pro": 12})),
        ({"by_quality": [{"mode": "std", "credits": 9}]}, a_price(by_quality={"std": 9})),
        ({"by_resolution": {"std": 9}}, a_price(by_quality={"std": 9})),
        ({"base": 1, "sound": {"per_second": 2}}, a_price(base=1, sound_per_second=2)),
        (ROWS, a_price(table=CELLS)),
        ({"rows": ROWS, "currency": "credits"}, a_price(table=CELLS)),
        ({"std": {"5s": 50, "10s": 90}, "pro": {"5": 80, "10": {"credits": 150}}}, a_price(table=CELLS)),
        ({"5": {"std": 50, "pro": 80}, "10 seconds": {"std": 90, "pro": 150}}, a_price(table=CELLS)),
        (
            [{"quality": q, "duration": d, "sound": s, "credits": c} for (q, d, s), c in SOUND_CELLS.items()],
            a_price(table=SOUND_CELLS),
        ),
        (
            {"std": {"5s": {"sound": 60, "no_sound": 50}}, "pro": {"5s": {"sound": 95, "no_sound": 80}}},
            a_price(table=SOUND_CELLS),
        ),
        (
            {
                "by_sound": {
                    "on": {"std": {"5": 60}, "pro": {"5": 95}},
                    "off": {"std": {"5": 50}, "pro": {"5": 80}},
                }
            },
            a_price(table=SOUND_CELLS),
        ),
    ],
)
def test_tables_use_the_models_own_names(credits, price):
    assert price_of(credits, quality_modes=["std", "pro"], durations=[5, 10], sound=True) == price


@pytest.mark.parametrize(
    ("record", "price"),
    [
        ({"durations": {"4s": {"credits": 40}, "8s": {"credits": 80}}}, a_price(by_duration={4: 40, 8: 80})),
        ({"durations": [{"value": 4, "label": "4 s", "credits": 40}]}, a_price(by_duration={4: 40})),
        (
            {"quality_modes": [{"value": "std", "credits": 8, "unit": "second"}, {"id": "pro", "price": 12}]},
            a_price(per_second_by_quality={"std": 8}, by_quality={"pro": 12}),
        ),
        (
            {"quality_modes": {"std": {"credits": 50, "max_images": 3}, "pro": {"credits": 90}}},
            a_price(by_quality={"std": 50, "pro": 90}),
        ),
        ({"credits": 100, "sound": {"supported": True, "credits": 20}}, a_price(base=100, sound=20)),
        ({"credits": 100, "sound": {"supported": True, "surcharge": 20}}, a_price(base=100, sound=20)),
        (
            {"credits": 100, "sound": {"supported": True, "credits": 2, "per": "second"}},
            a_price(base=100, sound_per_second=2),
        ),
        ({"credits": 12, "pricing_type": "per second"}, a_price(per_second=12)),
        ({"credits": 12, "creditUnit": "second"}, a_price(per_second=12)),
        ({"credits_per_second": 12, "base_credits": 60}, a_price(base=60, per_second=12)),
        ({"credits_per_second": 12, "minimum_credits": 40}, a_price(per_second=12, minimum=40)),
        ({"credits": 12, "duration_unit": "seconds", "credits_remaining": 500}, a_price(base=12)),
        (
            {"parameters": [{"name": "duration_seconds", "options": [{"value": 5, "credits": 50}]}]},
            a_price(by_duration={5: 50}),
        ),
    ],
)
def test_prices_within_the_record_and_its_options(record, price):
    found = model(**record)
    assert found.price == price
    assert model(**to_json(found)).price == price


def test_what_a_choice_adds_is_a_surcharge():
    record = {"credits": 100, "quality_modes": ["std", {"value": "pro", "surcharge": 20}]}
    extra = Row(when(quality_mode="pro"), exact(20))
    assert model(**record).price == Price(rows=a_price(base=100).rows, extras=(extra,))
    assert [credits_of(record, quality_mode=mode) for mode in ("std", "pro", "")] == [100, 120, 120]
    assert model(**to_json(model(**record))).price.extras == (extra,)


def test_any_parameter_may_decide_the_price():
    record = {
        "aspect_ratios": ["16:9", "9:16"],
        "credits": [{"aspect_ratio": "16:9", "credits": 50}, {"ratio": "9:16", "credits": 60}],
    }
    assert [credits_of(record, aspect_ratio=ratio) for ratio in ("16:9", "9:16", "")] == [50, 60, 60]
    assert model(**to_json(model(**record))).price == model(**record).price


@pytest.mark.parametrize(
    ("record", "said", "credits"),
    [
        (
            {"resolutions": [{"value": "hd", "credits": 50}, {"value": "4k", "credits": 90}]},
            {"resolution": "hd"},
            50,
        ),
        ({"resolutions": ["hd", "4k"], "credits": {"hd": 50, "4k": 90}}, {"resolution": "4k"}, 90),
        (
            {"resolutions": ["hd", "4k"], "credits": [{"resolution": "hd", "credits": 50}]},
            {"resolution": "hd"},
            50,
        ),
        (
            {
                "modes": {
                    "text_to_video": {"credits": 50},
                    "first_frame": {"credits": 80, "first_frame_url": {}},
                }
            },
            {"mode": "first_frame"},
            80,
        ),
        (
            {
                "parameters": [
                    {"name": "fps", "type": "integer", "options": [24, {"value": 60, "credits": 90}]}
                ]
            },
            {"fps": 60},
            90,
        ),
        (
            {"input_schema": {"properties": {"tier": {"enum": ["a", "b"]}}}, "pricing": {"a": 5, "b": "7/s"}},
            {"tier": "a"},
            5,
        ),
    ],
)
def test_prices_by_parameters_that_no_code_names(record, said, credits):
    assert credits_of(record, **said) == credits
    assert estimate(GenerateRequest("veo", **said), model(**to_json(model(**record)))).credits == credits


@pytest.mark.parametrize(
    ("credits", "published"),
    [
        ("ask us", "ask us"),
        ("from 60", "from 60"),
        ("60-120", "60-120"),
        ("$0.9", "$0.9"),
        ("0.9 USD", "0.9 USD"),
        ("1.200 credits", "1.200 credits"),  # as some write 1,200
        ({"amount": 0.9, "currency": "USD"}, "0.9 USD"),
        ({"base": 100, "hd_surcharge": 20}, "base: 100, hd surcharge: 20"),
        ({"base": 100, "note": "doubled at weekends"}, "base: 100, note: doubled at weekends"),
        ({"base": 100, "label": "per second"}, "base: 100, label: per second"),
        ({"base": 100, "cost": 120}, "base: 100, cost: 120"),
        ({"amount": 5, "unit": "minute"}, "amount: 5, unit: minute"),
        (
            {"amount": 5, "unit": "second", "billing": "per clip"},
            "amount: 5, unit: second, billing: per clip",
        ),
        ({"per_second": "5 per clip"}, "per second: 5 per clip"),
        ("100, 200 more", "100, 200 more"),
        (-5, "-5"),
        (10**11, "100000000000"),
        ({"per_second": {"std": "?"}}, "see the model’s record"),
        ([{"quality": "8k", "duration": 5, "credits": 50, "region": "EU"}], "see the model’s record"),
        ([{"duration": 5, "sound": 1, "credits": 50}], "see the model’s record"),  # yes, or a credit more
        ([50, 60], "see the model’s record"),
        ({"min": 60, "max": 120}, "min: 60, max: 120"),
        ({"minimum": 60}, "minimum: 60"),
    ],
)
def test_a_price_that_is_not_wholly_understood_is_kept_as_published(credits, published):
    assert price_of(credits) == a_price(published=published)


@pytest.mark.parametrize(
    ("record", "published"),
    [
        ({"credits": 100, "pricing_model": "by minute"}, "credits: 100, pricing model: by minute"),
        ({"credits": 100, "hd_surcharge": 20}, "credits: 100, hd surcharge: 20"),
        ({"credits": 100, "surcharge": 20}, "credits: 100, surcharge: 20"),
        ({"credits": 100, "minimum_charge": "ask us"}, "credits: 100, minimum charge: ask us"),
        ({"credits": 100, "unit": "frame"}, "credits: 100, unit: frame"),
        ({"credits": 12, "currency": "EUR"}, "credits: 12, currency: EUR"),
        ({"credits": 100, "price": {"amount": 0.9, "currency": "USD"}}, "credits: 100, price: 0.9 USD"),
        ({"pricing_skus": {"veo": "0.10"}}, "see the model’s record"),
        ({"credits": 100, "upscaling": {"credits": 20}}, "see the model’s record"),
        ({"credits": 100, "sound": {"supported": True, "credits": "ask"}}, "see the model’s record"),
        (
            {"credits": 100, "durations": [{"value": 5, "credits": 1, "cost_factor": 2}]},
            "see the model’s record",
        ),
        ({"durations": [{"value": 5, "price": "$0.5"}]}, "see the model’s record"),
    ],
)
def test_whatever_smells_of_money_in_a_record_has_to_be_understood(record, published):
    found = model(**record)
    assert found.price == Price(published=published)
    assert price_label(found) == f"Price as published: {published}"
    assert model(**to_json(found)).price == found.price


def test_a_table_beyond_reason_is_not_read_and_holds_nobody_up():
    began = time.process_time()
    rows = [
        {"quality": f"q{number}", "duration": number % 600 + 1, "credits": number} for number in range(50_000)
    ]
    record = {
        "credits": rows,
        "quality_modes": [row["quality"] for row in rows],
        "durations": list(range(1, 601)),
    }
    found = decode_capability("veo", record)  # past the border, which lets no record of that size in
    assert price_label(found) == "Price as published: see the model’s record"
    assert estimate(GenerateRequest("veo"), found).credits is None
    assert time.process_time() - began < 10  # seconds


def test_the_largest_table_that_is_read_holds_nobody_up():
    rows = [{"quality": f"q{q}", "duration": n, "credits": n + q} for q in range(40) for n in range(1, 101)]
    record = {
        "credits": rows,
        "quality_modes": [f"q{q}" for q in range(40)],
        "durations": list(range(1, 101)),
    }
    assert credits_of(record, quality_mode="q7", duration_seconds=9) == 16
    assert price_label(model(**record)) == "no price published for these choices"


@pytest.mark.parametrize("name", ["supports_community", "opportunities", "frames_per_second", "max_images"])
def test_other_words_are_no_money(name):
    assert price_of(100, **{name: 24}) == a_price(base=100)


@given(JSON)
def test_no_price_makes_a_model_unreadable(value):
    price = price_of(value)
    assert all(row.amount >= 0 for row in (*price.rows, *price.extras, *price.minimums))
    assert not (price.published and price.rows)


MONEY = st.sampled_from(
    ["credits", "amount", "billing", "per_second", "sound", "std", "5s", "minimum", "price"]
)


@given(
    st.dictionaries(
        MONEY, st.integers(0, 300) | st.sampled_from(["second", "clip", "free", "USD", "12/s"]) | JSON
    )
)
def test_a_price_is_read_whole_or_not_at_all(said):
    """With one more word that nobody knows, no figure is left."""
    strange = price_of({**said, "x_factor": 2}, quality_modes=["std"], durations=[5])
    assert strange.rows == strange.extras == strange.minimums == ()
    assert strange.published
