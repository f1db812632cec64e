from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.contract.capability import Choice, Parameter
from studio.contract.price import estimate, price_label, price_range
from studio.contract.published_price import Discount, Price, Row, when
from studio.contract.request import GenerateRequest
from tests.contract.made import model
from tests.contract.pricing import a_price
from tests.contract.strategies import capabilities

KLING_HAS = {
    "slug": "kling",
    "name": "Kling",
    "durations": (5, 10),
    "quality_modes": (Choice("std", "Standard"), Choice("pro", "Pro")),
    "sound": True,
    "directory_discount": Discount(Decimal(10)),
}
KLING = model(**KLING_HAS)


def priced(without=(), has=(), **parts):
    table = {name: said for name, said in {**KLING_HAS, **dict(has)}.items() if name not in without}
    return model(**table, price=a_price(**parts))


@pytest.mark.parametrize(
    ("parts", "said", "credits", "basis"),
    [
        ({"base": 100}, {}, 100, "100 credits"),
        ({"per_second": 12, "sound": 4}, {"sound": True}, 100, "8 s × 12 credits + sound 4"),
        ({"per_second": 12, "sound_per_second": 2}, {"sound": True}, 112, "8 s × 12 credits + sound 16"),
        ({"base": 60, "per_second": 12}, {}, 156, "60 credits + 8 s × 12 credits"),
        ({"base": 1, "by_duration": {8: 90}}, {}, 90, "90 credits for 8 s"),
        ({"base": 1, "by_quality": {"pro": 200}}, {"quality_mode": "pro"}, 200, "200 credits for Pro"),
        ({"base": 1, "by_quality": {"pro": 200}}, {"quality_mode": "std"}, 1, "1 credit"),
        (
            {"per_second": 1, "per_second_by_quality": {"pro": 2.1}},
            {"quality_mode": "pro"},
            17,
            "8 s × 2.1 credits",
        ),
        ({"per_second": 12, "minimum": 96}, {}, 96, "8 s × 12 credits"),
        ({"per_second": 12, "minimum": 97}, {}, 97, "97 credits minimum"),
        ({"base": 9, "minimum": 90, "sound": 5}, {"sound": True}, 95, "90 credits minimum + sound 5"),
        (
            {"base": 95, "minimum": 90},
            {"prompt_directory_optin": True},
            90,
            "95 credits − directory discount 5",
        ),
        # Amounts about different choices add up; a more special one counts instead where it is no lower.
        ({"base": 60, "per_second_by_quality": {"std": 20}}, {}, 220, "60 credits + 8 s × 20 credits"),
        ({"base": 100, "by_quality": {"std": 20}}, {}, 120, "100 credits + 20 credits for Standard"),
        ({"per_second": 12, "by_duration": {8: 90}}, {}, 90, "90 credits for 8 s"),
        (
            {"per_second": 12, "by_quality": {"std": 20}},
            {},
            116,
            "20 credits for Standard + 8 s × 12 credits",
        ),
        (
            {"by_duration": {8: 90}, "by_quality": {"std": 20}},
            {},
            110,
            "90 credits for 8 s + 20 credits for Standard",
        ),
        ({"base": 5, "table": {("std", 8, None): 70}}, {}, 70, "70 credits for 8 s, Standard"),
        (
            {"table": {("std", 8, None): 70, ("std", 8, True): 90}},
            {"sound": True},
            90,
            "90 credits for 8 s, Standard, sound",
        ),
        (
            {"base": 100},
            {"prompt_directory_optin": True},
            90,
            "100 credits − directory discount 10",
        ),
        ({"base": 4}, {"prompt_directory_optin": True}, 0, "4 credits − directory discount 10"),
    ],
)
def test_the_sum_and_its_basis(parts, said, credits, basis):
    request = GenerateRequest("kling", **{"duration_seconds": 8, "quality_mode": "std", **said})
    found = estimate(request, priced(**parts))
    assert (found.credits, found.basis) == (credits, basis)


@pytest.mark.parametrize(
    ("discount", "credits"),
    [
        (Discount(Decimal("10.5")), 139),
        (Discount(percent=Decimal(10)), 138),  # of the clip alone: 11.95 of 149.5
        (Discount(), 150),  # an amount that nobody knows is not deducted
        (None, 150),
    ],
)
def test_what_a_discount_takes_off(discount, credits):
    model = replace(priced(base="119.5", sound=30), directory_discount=discount)
    said = {"duration_seconds": 5, "quality_mode": "std", "sound": True, "prompt_directory_optin": True}
    assert estimate(GenerateRequest("kling", **said), model).credits == credits


def test_sound_that_nobody_spoke_of_counts_as_on():
    model = priced(base=100, sound=20)
    assert [
        estimate(GenerateRequest("kling", sound=said), model).credits for said in (None, False, True)
    ] == [120, 100, 120]


def test_without_durations_on_offer_those_that_are_priced_count():
    model = priced(by_duration={5: 60, 10: 90}, without=("durations",))
    assert estimate(GenerateRequest("kling"), model).credits == 90
    assert estimate(GenerateRequest("kling", duration_seconds=5), model).credits == 60
    assert price_range(model) == (50, 90)


def test_a_choice_that_is_priced_and_not_offered_counts_where_the_model_names_no_choices():
    model = priced(base=1, by_quality={"pro": 200}, without=("quality_modes",))
    assert estimate(GenerateRequest("kling"), model).credits == 200


def test_a_price_that_depends_on_too_many_choices_has_no_estimate():
    names = range(1, 300)
    has = {"durations": tuple(names), "quality_modes": tuple(Choice(f"q{n}", f"q{n}") for n in names)}
    model = priced(has=has, table={(f"q{n}", n, None): 5 for n in names})
    assert estimate(GenerateRequest("kling"), model).credits is None
    assert price_range(model) is None
    assert price_label(model) == "no price published for these choices"
    assert estimate(GenerateRequest("kling", duration_seconds=7, quality_mode="q7"), model).credits == 5


def test_other_parameters_decide_the_price_as_those_of_the_document_do():
    resolution = Parameter("resolution", "choice", "Resolution", (Choice("hd", "HD"), Choice("4k", "4K")))
    upscale = Parameter("upscale", "flag", "Upscale")
    rows = (Row(when(resolution="hd"), Decimal(50)), Row(when(resolution="4k"), Decimal(90)))
    price = Price(rows=rows, extras=(Row(when(upscale=True), Decimal(20)),))
    shown = model(slug="kling", name="Kling", parameters=(resolution, upscale), price=price)
    for said, credits, basis in (
        ({"resolution": "hd"}, 50, "50 credits for HD"),
        ({"resolution": "hd", "upscale": True}, 70, "50 credits for HD + upscale 20"),
        ({}, 90, "at most 90 credits for 4K"),
    ):
        found = estimate(GenerateRequest("kling", **said), shown)
        assert (found.credits, found.basis) == (credits, basis)
    assert price_range(shown) == (50, 110)


def test_of_two_amounts_for_the_same_choices_the_dearer_one_counts():
    rows = (Row(when(duration_seconds=5), Decimal(60)), Row(when(duration_seconds=5), Decimal(50)))
    model = replace(KLING, price=Price(rows=rows))
    assert estimate(GenerateRequest("kling", duration_seconds=5), model).credits == 60


def test_an_amount_that_no_column_holds_is_no_estimate():
    model = priced(has={"durations": (2,)}, per_second=400_000_000)
    assert estimate(GenerateRequest("kling"), model).credits is None


def test_a_choice_left_open_counts_at_the_dearest():
    found = estimate(GenerateRequest("kling"), priced(per_second=12))
    assert (found.credits, found.basis) == (120, "at most 10 s × 12 credits")


def test_a_price_without_figures_is_shown_as_published():
    model = priced(published="ask us")
    assert price_label(model) == "Price as published: ask us"
    assert price_range(model) is None
    assert estimate(GenerateRequest("kling"), model).credits is None
    assert estimate(GenerateRequest("kling"), model).basis == "Price as published: ask us"


def test_a_choice_without_a_price_has_no_estimate():
    partly = priced(by_duration={5: 60})
    assert estimate(GenerateRequest("kling", duration_seconds=10), partly).credits is None
    assert estimate(GenerateRequest("kling"), partly).credits is None
    assert price_label(partly) == "from 60"


def test_a_price_by_the_second_needs_a_duration():
    endless = replace(model(**{**KLING_HAS, "durations": ()}), price=a_price(per_second=12))
    assert estimate(GenerateRequest("kling"), endless).credits is None
    assert price_label(endless) == "12 credits a second"


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        ({"base": 100}, "100 credits"),
        ({"base": 1}, "1 credit"),
        ({"base": 0}, "0 credits"),
        ({"per_second": 12}, "from 60"),
        ({"base": 100, "sound": 20}, "from 100"),
        ({}, "price not published"),
    ],
)
def test_the_label_of_a_card(parts, label):
    assert price_label(priced(**parts)) == label


@given(capabilities(), st.data())
def test_every_estimate_lies_within_the_range_and_its_parts_make_the_sum(capability, data):
    request = GenerateRequest(
        capability.slug,
        duration_seconds=data.draw(st.sampled_from([None, *capability.durations])),
        quality_mode=data.draw(st.sampled_from(["", *(mode.value for mode in capability.quality_modes)])),
        sound=data.draw(st.sampled_from([None, False, True])) if capability.sound else None,
        prompt_directory_optin=capability.directory_discount is not None and data.draw(st.booleans()),
    )
    found = estimate(request, capability)
    assert found.basis
    assume(found.credits is not None)
    cheapest, dearest = price_range(capability)
    assert cheapest <= found.credits <= dearest
    assert 0 <= found.credits - max(0, sum(part.credits for part in found.parts)) < 1
