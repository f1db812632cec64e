"""The sandbox's models, read by the same decoder that reads every upstream."""

from decimal import Decimal

import pytest

from studio.contract.capability import Limits
from studio.contract.decode import decode_models
from studio.contract.encode import to_json
from studio.contract.price import price_label
from studio.contract.published_price import Discount
from studio.sandbox.catalogue import MODELS, answer
from tests.contract.pricing import a_price

DECODED = {capability.slug: capability for capability in decode_models(answer()).capabilities}


def test_every_record_is_understood_in_full():
    assert decode_models(answer()).unreadable == ()
    assert len(DECODED) == len(MODELS)
    assert all(not capability.unknown and not capability.price.published for capability in DECODED.values())


@pytest.mark.parametrize("record", MODELS, ids=lambda record: record["model_slug"])
def test_every_record_is_canonical(record):
    canonical = to_json(DECODED[record["model_slug"]])
    assert set(record) | {"parameters"} == set(canonical)
    assert to_json(decode_models([canonical]).capabilities[0]) == canonical


def test_veo31_fast_is_what_the_api_documents():
    veo = DECODED["veo31_fast"]
    assert (veo.name, veo.engine) == ("Veo 3.1 Fast", "Veo 3.1")
    assert veo.description == "Fast 8-second generation with text-to-video and image-to-video."
    assert [choice.value for choice in veo.aspect_ratios] == ["16:9", "9:16", "Auto"]
    assert (veo.durations, veo.quality_modes, veo.inputs) == ((8,), (), ("text", "image"))
    assert (veo.price, veo.directory_discount) == (a_price(base=100), Discount(Decimal(10)))


def test_together_the_models_use_every_feature_of_the_contract():
    models = DECODED.values()
    priced = [row for model in models for row in model.price.rows]
    assert any(row.per_second and row.names == {"quality_mode"} for row in priced)
    assert any(row.names == {"duration_seconds"} for row in priced)
    assert any(not row.per_second and row.names == {"quality_mode"} for row in priced)
    assert any(row.per_second for model in models for row in model.price.extras)
    assert DECODED["hailuo_2_3_pro"].images == Limits(1, 1)
    assert DECODED["wan_2_6_v2v"].videos == Limits(1, 1)
    assert DECODED["sora_2_storyboard"].prompt.required is False
    assert {model.directory_discount is None for model in models} == {True, False}


def test_the_cards_tell_a_price_each():
    labels = {slug: price_label(capability) for slug, capability in DECODED.items()}
    assert labels["veo31_fast"] == "100 credits"
    assert labels["kling_3_0"] == "from 60"
    assert labels["wan_2_6_v2v"] == "from 80"
