"""Which field a refusal is about: any wire name of the request, in the structures that APIs answer with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.decode import decode_refusal
from studio.contract.decode.field_errors import WELL_KNOWN
from tests.contract.strategies import GARBAGE

SENT = ("model_slug", "prompt", "seed", "first_frame_url", "negative_prompt", "duration_seconds")

# The shapes in which APIs name a field. ``{}`` stands for it.
SHAPES = {
    "errors": lambda name: {"errors": [{"field": name, "message": "It is wrong."}]},
    "mapping": lambda name: {"errors": {name: ["It is wrong."]}},
    "mapping of text": lambda name: {"error": "Validation failed", "errors": {name: "It is wrong."}},
    "bare mapping": lambda name: {name: ["It is wrong."]},
    "fastapi": lambda name: {
        "detail": [{"loc": ["body", name], "msg": "It is wrong.", "type": "value_error"}]
    },
    "fastapi, in a list": lambda name: {"detail": [{"loc": ["body", name, 0], "msg": "It is wrong."}]},
    "openai": lambda name: {
        "error": {"message": "It is wrong.", "type": "invalid_request_error", "param": name}
    },
    "express": lambda name: {"errors": [{"msg": "It is wrong.", "param": name, "location": "body"}]},
    "json:api": lambda name: {
        "errors": [{"detail": "It is wrong.", "source": {"pointer": f"/data/attributes/{name}"}}]
    },
    "rfc 9457": lambda name: {
        "title": "Invalid",
        "invalid-params": [{"name": name, "reason": "It is wrong."}],
    },
    "path": lambda name: {
        "message": "It is wrong.",
        "details": [{"path": f"$.{name}", "message": "It is wrong."}],
    },
    "nested": lambda name: {
        "error": {"code": 17, "details": [{"property": name, "message": "It is wrong."}]}
    },
    "sentence": lambda name: {"error": f"{name} It is wrong."},
}


@pytest.mark.parametrize("name", [*SENT, *WELL_KNOWN])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_field_of_the_request_is_found_where_it_is_named(shape, name):
    refused = decode_refusal(422, SHAPES[shape](name), names=SENT)
    assert refused.field == name
    assert "It is wrong." in refused.sentence


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ("duration", "duration_seconds"),
        ("durationSeconds", "duration_seconds"),
        ("aspectRatio", "aspect_ratio"),
        ("image_url", "input_image_urls"),
        ("firstFrameUrl", "first_frame_url"),
        ("audio", "sound"),
        ("model", "model_slug"),
        ("prompt_strength", "prompt_strength"),
        ("url", "url"),
        ("not a name", ""),
        ("x" * 41, ""),
    ],
)
def test_another_spelling_names_the_field_and_a_stranger_stays_as_it_is(named, field):
    assert decode_refusal(422, {"errors": [{"field": named, "message": "Wrong."}]}, names=SENT).field == field


@pytest.mark.parametrize(
    ("sentence", "field"),
    [
        ("seed must be positive for this model", "seed"),
        ("The negative_prompt is too long", "negative_prompt"),
        ("Prompt is too long", "prompt"),
        ("Invalid duration for this model", "duration_seconds"),
        ("first_frame_url and duration_seconds do not fit", "first_frame_url"),
        ("Seedance is not available", ""),
    ],
)
def test_a_sentence_may_name_any_field_that_was_sent(sentence, field):
    assert decode_refusal(400, {"error": sentence}, names=SENT).field == field


def test_an_echo_of_the_request_names_no_field():
    echoed = {"error": "Not today", "prompt": "a lighthouse", "duration_seconds": 8}
    assert decode_refusal(400, echoed, names=SENT).field == ""


def test_what_is_said_at_the_field_follows_a_general_sentence():
    body = {"error": "Validation failed.", "errors": [{"field": "seed", "message": "Too large"}]}
    assert decode_refusal(422, body, names=SENT).sentence == "Validation failed: Too large"


@given(GARBAGE, st.lists(st.text(max_size=50)))
def test_whatever_an_answer_holds_a_field_is_a_short_name(payload, names):
    field = decode_refusal(422, {"errors": payload}, names=names).field
    assert len(field) <= 40
