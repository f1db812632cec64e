from decimal import Decimal

import pytest
from hypothesis import given

from studio.contract.capability import Price
from studio.contract.decode import decode_models
from tests.contract.strategies import JSON


def price_of(credits, **record):
    (capability,) = decode_models([{"slug": "veo", "credits": credits, **record}]).capabilities
    return capability.price


@pytest.mark.parametrize(
    ("credits", "price"),
    [
        (100, Price(base=Decimal(100))),
        ("100", Price(base=Decimal(100))),
        ("1,200 credits", Price(base=Decimal(1200))),
        ("base: 100", Price(base=Decimal(100))),
        ("100 credits per video", Price(base=Decimal(100))),
        ("free", Price(base=Decimal(0))),
        ("12 credits per second", Price(per_second=Decimal(12))),
        ("12.5/s", Price(per_second=Decimal("12.5"))),
        ({"amount": 12, "unit": "second"}, Price(per_second=Decimal(12))),
        ({"base": 60, "per_second": 12}, Price(base=Decimal(60), per_second=Decimal(12))),
        ({"5s": 100, "10s": 200}, Price(by_duration={5: Decimal(100), 10: Decimal(200)})),
        ("5s: 100, 10s: 200", Price(by_duration={5: Decimal(100), 10: Decimal(200)})),
        ([], Price()),
        (None, Price()),
        ({"base": 100, "note": "beta", "currency": "credits"}, Price(base=Decimal(100))),
    ],
)
def test_prices_in_their_spellings(credits, price):
    assert price_of(credits) == price


@pytest.mark.parametrize(
    ("credits", "price"),
    [
        ({"STD": 100, "pro": 200}, Price(by_quality={"std": Decimal(100), "pro": Decimal(200)})),
        ("std: 100; pro: 200", Price(by_quality={"std": Decimal(100), "pro": Decimal(200)})),
        ({"per_second": {"std": 8}}, Price(per_second_by_quality={"std": Decimal(8)})),
        ("std: 8/s, pro: 12/s", Price(per_second_by_quality={"std": Decimal(8), "pro": Decimal(12)})),
        ({"by_quality": {"pro": {"per_second": 12}}}, Price(per_second_by_quality={"pro": Decimal(12)})),
        ({"by_quality": [{"mode": "std", "credits": 9}]}, Price(by_quality={"std": Decimal(9)})),
        ({"base": 1, "sound": {"per_second": 2}}, Price(base=Decimal(1), sound_per_second=Decimal(2))),
    ],
)
def test_prices_by_quality_use_the_models_own_names(credits, price):
    assert price_of(credits, quality_modes=["std", "pro"]) == price


@pytest.mark.parametrize(
    ("credits", "published"),
    [
        ("ask us", "ask us"),
        ("from 60", "from 60"),
        ("60-120", "60-120"),
        ({"base": 100, "hd_surcharge": 20}, "base: 100, hd_surcharge: 20"),
        ({"amount": 5, "unit": "minute"}, "amount: 5, unit: minute"),
        ("100, 200 more", "100, 200 more"),
        (-5, "-5"),
        ({"per_second": {"std": "?"}}, "per_second: std: ?"),
    ],
)
def test_a_price_that_is_not_wholly_understood_is_kept_as_published(credits, published):
    assert price_of(credits) == Price(published=published)


def test_a_price_spread_over_several_keys_is_gathered():
    assert price_of(None, credits_per_second=12, base_credits=60) == Price(
        base=Decimal(60), per_second=Decimal(12)
    )


@given(JSON)
def test_no_price_makes_a_model_unreadable(value):
    price = price_of(value)
    assert all(figure is None or figure >= 0 for figure in (price.base, price.per_second, price.sound))
