from decimal import Decimal
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.capability import NONE_ALLOWED, Choice, Limits, Models
from studio.contract.decode import decode_models, to_json
from studio.contract.errors import Unavailable
from studio.contract.published_price import Discount
from tests.contract.pricing import a_price
from tests.contract.strategies import GARBAGE, JSON, RANDOMS, capabilities, enveloped, spelled

SEED = {
    "model_slug": "veo31_fast",
    "name": "Veo 3.1 Fast",
    "description": "Fast 8-second generation with text-to-video and image-to-video.",
    "Engine": "Veo 3.1",
    "Aspect ratios": "16:9, 9:16, Auto",
    "Durations": "8 seconds",
    "Quality modes": "not required",
    "Inputs": "text , image",
    "Credits": "base: 100",
}


def decoded(**record):
    (capability,) = decode_models([{"slug": "veo", **record}]).capabilities
    return capability


def reason(**record):
    (unreadable,) = decode_models([{"slug": "veo", **record}]).unreadable
    return unreadable.reason


JUNK_ROWS = st.lists(GARBAGE, max_size=4)
SLUG = attrgetter("slug")


def slug_of(row):
    if not isinstance(row, dict):
        return ""
    names = ("modelslug", "slug", "id")
    plain = {
        key.lower().replace("_", "").replace("-", "").replace(" ", ""): value for key, value in row.items()
    }
    return next((str(plain[name]) for name in names if plain.get(name)), "")


def test_the_documented_record_decodes_exactly_from_its_words():
    (veo,) = decode_models([SEED]).capabilities
    assert veo.slug == "veo31_fast"
    assert veo.name == "Veo 3.1 Fast"
    assert veo.description == "Fast 8-second generation with text-to-video and image-to-video."
    assert veo.engine == "Veo 3.1"
    assert veo.aspect_ratios == (Choice("16:9", "16:9"), Choice("9:16", "9:16"), Choice("Auto", "Auto"))
    assert veo.durations == (8,)
    assert veo.quality_modes == ()
    assert veo.inputs == ("text", "image")
    assert veo.images == Limits(0, None)
    assert veo.videos == NONE_ALLOWED
    assert not veo.sound
    assert veo.directory_discount is None
    assert veo.price == a_price(base=100)
    assert veo.unknown == {}
    assert veo.raw == SEED


@given(capabilities(), RANDOMS)
def test_any_mix_of_spellings_decodes_to_the_same_record(capability, rng):
    models = decode_models([spelled(capability, rng)])
    assert models.unreadable == ()
    assert models.capabilities == (capability,)


@given(capabilities())
def test_the_canonical_json_decodes_to_the_record_it_was_made_from(capability):
    assert decode_models({"success": True, "models": [to_json(capability)]}).capabilities == (capability,)


@given(
    st.lists(capabilities(), min_size=1, max_size=3, unique_by=SLUG), st.lists(GARBAGE, max_size=4), RANDOMS
)
def test_garbage_among_good_records_hides_and_changes_none(good, junk, rng):
    mixed = [spelled(capability, rng) for capability in good] + junk
    rng.shuffle(mixed)
    models = decode_models(
        enveloped(mixed, ["models", "data", "results", "video models", "anything"], slug_of, rng)
    )
    assert all(capability in models.capabilities for capability in good)
    assert len(models.capabilities) + len(models.unreadable) == len(mixed)


@given(GARBAGE)
def test_a_payload_of_garbage_is_unavailable_or_has_reasons(payload):
    try:
        sentences = [row.reason for row in decode_models(payload).unreadable]
    except Unavailable as unavailable:
        sentences = [unavailable.sentence]
    assert all(sentences)


@given(GARBAGE)
def test_garbage_beside_the_list_in_an_envelope_changes_nothing(junk):
    envelope = {"success": True, "junk": junk, "models": [SEED], "more": junk}
    assert [c.slug for c in decode_models(envelope).capabilities] == ["veo31_fast"]


@pytest.mark.parametrize("payload", [[], {"models": []}, {"models": {}}, {"data": []}])
def test_an_empty_catalog_is_not_an_unreadable_one(payload):
    assert decode_models(payload) == Models()


@pytest.mark.parametrize(
    "payload", [None, 7, "<html>", {}, {"success": True}, {"warnings": []}, {"models": 3}]
)
def test_an_answer_without_a_list_of_models_is_unavailable_rather_than_empty(payload):
    with pytest.raises(Unavailable, match="no list of models"):
        decode_models(payload)


def test_an_empty_list_of_models_is_empty():
    assert decode_models({"models": []}).capabilities == ()
    assert decode_models([]).capabilities == ()


@pytest.mark.parametrize("no", [False, "false", 0])
def test_a_failure_with_status_200_is_unavailable_in_the_upstreams_words(no):
    with pytest.raises(Unavailable, match="Down for maintenance"):
        decode_models({"success": no, "error": "Down for maintenance", "models": [SEED]})


@pytest.mark.parametrize(
    "envelope",
    [
        {"models": [SEED], "credits_remaining_total": 438},
        {"data": {"models": [SEED], "credits_remaining": "438"}},
        {"veo31_fast": SEED, "credits_available": 438.9},
        {"models": [SEED], "account": {"creditsRemaining": 438}},
    ],
)
def test_the_balance_is_read_wherever_the_envelope_carries_it(envelope):
    models = decode_models(envelope)
    assert models.credits_remaining == 438
    assert len(models.capabilities) == 1


def test_of_two_records_with_one_slug_the_first_wins_and_the_second_is_listed():
    models = decode_models([SEED, {**SEED, "name": "Another"}])
    assert [c.name for c in models.capabilities] == ["Veo 3.1 Fast"]
    assert [(u.slug, u.raw["name"]) for u in models.unreadable] == [("veo31_fast", "Another")]


def test_a_mapping_gives_its_keys_as_slugs():
    record = {key: value for key, value in SEED.items() if key != "model_slug"}
    assert [c.slug for c in decode_models({"veo31_fast": record}).capabilities] == ["veo31_fast"]


def test_options_with_names_of_their_own_are_not_taken_for_models():
    record = {
        "quality_modes": [{"slug": "std"}, {"slug": "pro"}],
        "aspect_ratios": [{"id": "16:9", "name": "Wide"}],
    }
    (model,) = decode_models({"kling": record}).capabilities
    assert model.slug == "kling"
    assert [mode.value for mode in model.quality_modes] == ["std", "pro"]


def test_a_record_without_a_slug_is_listed_by_its_name():
    (unreadable,) = decode_models([{"name": "Nameless", "durations": [5]}]).unreadable
    assert (unreadable.slug, unreadable.reason) == ("Nameless", "This model has no slug to request it by.")


@pytest.mark.parametrize(
    ("durations", "left"),
    [
        *(
            ("abc", ()),
            (True, ()),
            ([0], ()),
            ([-5], ()),
            (8.5, ()),
            ({"min": 9, "max": 4}, ()),
            ({"min": 0}, ()),
        ),
        *(([5, "x"], (5,)), ("5,x", (5,)), (["auto", 5, 10], (5, 10)), ({"min": 1, "max": 86_400}, ())),
    ],
)
def test_an_odd_duration_is_left_out_with_a_note_and_hides_nothing(durations, left):
    capability = decoded(durations=durations)
    assert capability.durations == left
    assert "durations could not be understood" in capability.notes[0]


@pytest.mark.parametrize(
    ("spelled", "seconds"),
    [
        (8, (8,)),
        ("8s", (8,)),
        ("5 or 10 seconds", (5, 10)),
        ("4-6", (4, 5, 6)),
        ("4 to 6 s", (4, 5, 6)),
        ({"min": 5, "max": 15, "step": 5, "default": 5}, (5, 10, 15)),
        ([{"min": 2, "max": 3}, 8], (2, 3, 8)),
        ({"5": "Short", "10": "Long"}, (5, 10)),
        ([5, "5s", 10], (5, 10)),
    ],
)
def test_durations_in_their_spellings(spelled, seconds):
    assert decoded(durations=spelled).durations == seconds


@pytest.mark.parametrize(
    ("record", "images"),
    [
        ({"inputs": "text, image"}, Limits(0, None)),
        ({"inputs": "text"}, NONE_ALLOWED),
        ({"inputs": "text", "images": {"max": 2}}, NONE_ALLOWED),
        ({"inputs": {"text": True, "image": 2}}, Limits(0, 2)),
        ({"inputs": {"image": {"min": 1, "max": 2}}}, Limits(1, 2)),
        ({"inputs": ["image"], "requires_image": True}, Limits(1, None)),
        ({"images": {"min": 1, "max": 3}}, Limits(1, 3)),
        ({"inputs": ["text", "image"], "images": {"min": 3, "max": 1}}, Limits(0, None)),
        ({"inputs": ["text", "image"], "images": ["https://example.com/a.jpg"]}, Limits(0, None)),
        ({}, NONE_ALLOWED),
    ],
)
def test_image_limits_in_their_spellings(record, images):
    capability = decoded(**record)
    assert capability.images == images
    assert ("image" in capability.inputs) == images.allows_any


def test_inputs_of_an_unheard_kind_are_kept_for_the_inspector():
    capability = decoded(inputs=["text", "hologram"])
    assert capability.inputs == ("text",)
    assert capability.unknown == {"inputs": ["text", "hologram"]}


def test_inputs_of_which_none_is_known_are_a_reason():
    assert "“hologram”" in reason(inputs="hologram")


def test_keys_that_nobody_knows_are_kept_verbatim():
    capability = decoded(name="Veo", title="Other", lore={"a": [1]}, thumbnail=None)
    assert capability.unknown == {"title": "Other", "lore": {"a": [1]}, "thumbnail": None}


@pytest.mark.parametrize(
    ("record", "discount"),
    [
        ({"directory_discount": 15}, Discount(Decimal(15))),
        ({"Prompt directory discount": "15 credits"}, Discount(Decimal(15))),
        ({"prompt_directory": {"eligible": True, "discount_credits": 10}}, Discount(Decimal(10))),
        ({"directory_discount": "10%"}, Discount(percent=Decimal(10))),
        ({"directory_discount": {"percent": 12.5}}, Discount(percent=Decimal("12.5"))),
        ({"directory_discount": {"discount": 10, "type": "percent"}}, Discount(percent=Decimal(10))),
        ({"directory_discount": True}, Discount()),
        ({"prompt_directory": {"eligible": True}}, Discount()),
        ({"prompt_directory": {"eligible": True, "discount_credits": 10, "until": "May"}}, Discount()),
        ({"directory_discount": {"discount": 10, "unit": "EUR"}}, Discount()),
        ({"directory_discount": "150%"}, Discount()),
        ({"prompt_directory": {"eligible": False, "discount_credits": 10}}, None),
        ({"credits": {"base": 100, "directory_discount": 5}}, Discount(Decimal(5))),
        ({"pricing": "base: 100, directory discount: 5"}, Discount(Decimal(5))),
        ({"directory_discount": False}, None),
        ({"directory_discount": 0}, None),
        ({"directory_discount": "soon"}, None),
        ({}, None),
    ],
)
def test_the_directory_discount_in_its_spellings(record, discount):
    assert decoded(**record).directory_discount == discount


@given(JSON)
def test_sound_and_limits_that_make_no_sense_leave_the_model_usable(value):
    capability = decoded(sound=value, images=value, videos=value, prompt=value, max_images=value)
    assert capability.takes_prompt


def test_names_of_any_length_fit_on_a_card():
    (model,) = decode_models(
        [{"slug": "long", "name": "N" * 10_000, "description": "D" * 20_000}]
    ).capabilities
    assert len(model.name) == 100
    assert model.name.endswith("N…")
    assert len(model.description) == 600
    (refused,) = decode_models([{"slug": "s" * 201}]).unreadable
    assert refused.reason == "Its slug is longer than 200 characters."


@pytest.mark.parametrize(
    ("sound", "offered"),
    [
        ({"supported": True, "credits": 20}, True),
        ({"credits": 20}, True),
        ({"supported": False, "credits": 20}, False),
    ],
)
def test_a_price_for_sound_says_that_there_is_sound(sound, offered):
    assert decoded(sound=sound, credits=100).sound is offered
