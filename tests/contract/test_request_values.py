"""A request as a value: it cannot change between the price that was shown and what is sent."""

import copy
import pickle
from typing import Any

import pytest

from studio.contract.capability import Choice, Parameter
from studio.contract.decode.request import decode_request, named_model
from studio.contract.errors import InvalidRequest
from studio.contract.known_parameters import field_named_in, label_for
from studio.contract.request import GenerateRequest
from studio.contract.words import facts, inputs, parameter_of, phrases, value_words
from tests.contract.made import model

URL = "https://example.com/a.png"


def test_a_request_cannot_be_changed() -> None:
    request = GenerateRequest("veo31_fast", prompt="x", styles=["a"])
    with pytest.raises(AttributeError):
        request.model_slug = "kling"
    with pytest.raises(TypeError):
        request.values["prompt"] = "y"  # type: ignore[index]
    assert request.get("styles") == ("a",)


def test_equal_requests_are_one_whatever_the_order_of_their_values() -> None:
    first = GenerateRequest("veo31_fast", prompt="x", seed=7, grain=1)
    second = GenerateRequest("veo31_fast", grain=1, seed=7, prompt="x")
    assert first == second
    assert len({first, second}) == 1
    assert first not in (first.but(seed=8), first.but("kling"), first.to_json())


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_is_the_same_request(duplicate: Any) -> None:
    request = GenerateRequest("veo31_fast", prompt="x", input_image_urls=[URL], sound=False)
    again = duplicate(request)
    assert again == request
    assert again.input_image_urls == (URL,)


def test_a_blank_value_removes_one_and_leaves_the_original() -> None:
    request = GenerateRequest("veo31_fast", prompt="x", seed=7)
    assert "seed" not in request.but(seed=None).values
    assert request.get("seed") == 7
    assert request.get("grain", "none") == "none"


# ── As a script sends it ─────────────────────────────────────────────────────────────────────────────────
KINDS = [
    ("integer", [7, 8.0], ["7", 7.5, True, [7], {}]),
    ("number", [7, 0.5], ["0.5", True, float("nan")]),
    ("flag", [True, False], [1, "true"]),
    ("object", [{"a": 1}], ["{}", [1]]),
    ("text", ["x"], [7, True, ["x"]]),
    ("image", [URL], [7, [URL]]),
]


@pytest.mark.parametrize(("kind", "good", "bad"), KINDS)
def test_a_model_s_own_parameter_is_read_as_its_kind_alone(
    kind: str, good: list[Any], bad: list[Any]
) -> None:
    single = model(parameters=(Parameter("glow", kind),))
    many = model(parameters=(Parameter("glow", kind, many=True),))
    with pytest.raises(InvalidRequest):
        decode_request({"model_slug": "some_model", "glow": good[0]}, many)  # a list is not guessed
    for value in good:
        assert decode_request({"model_slug": "some_model", "glow": value}, single).get("glow") == value
        listed = decode_request({"model_slug": "some_model", "glow": [value, value]}, many)
        assert listed.get("glow") == (value, value)
    for value in bad:
        for capability, sent in ((single, value), (many, [value])):
            with pytest.raises(InvalidRequest) as refused:
                decode_request({"model_slug": "some_model", "glow": sent}, capability)
            assert refused.value.field == "glow"


def test_a_choice_of_numbers_is_read_as_numbers() -> None:
    capability = model(parameters=(Parameter("glow", "choice", choices=(Choice(1, "1"), Choice("x", "X"))),))
    for value in (1, "x", 2):  # whether it is offered is for the rules to say
        assert decode_request({"model_slug": "some_model", "glow": value}, capability).get("glow") == value
    with pytest.raises(InvalidRequest):
        decode_request({"model_slug": "some_model", "glow": [1]}, capability)


@pytest.mark.parametrize("body", [{}, {"model_slug": None}, {"model_slug": ""}, {"model_slug": 7}, []])
def test_a_body_must_name_its_model(body: Any) -> None:
    with pytest.raises(InvalidRequest):
        named_model(body)
    assert named_model({"model_slug": "x", "more": 1}) == "x"


# ── In words ─────────────────────────────────────────────────────────────────────────────────────────────
def test_what_a_clip_is_made_from_is_listed_in_order_with_its_kind() -> None:
    values = {"input_image_urls": (URL, "/media/b.png"), "prompt": "x", "first_frame_url": URL}
    assert inputs(values) == [("image", URL), ("image", "/media/b.png"), (label_for("first_frame_url"), URL)]
    assert facts(values) == []


@pytest.mark.parametrize(
    ("value", "parameter", "words"),
    [
        ({"a": 1}, Parameter("glow", "object"), '{"a": 1}'),
        (({"a": 1}, {"b": 2}), Parameter("glow", "object", many=True), '[{"a": 1}, {"b": 2}]'),
        (("a", "b"), Parameter("glow", many=True, choices=(Choice("a", "First"),)), "First, b"),
        ("a", Parameter("glow", "choice", choices=(Choice("a", "First"),)), "First"),
        (0.5, Parameter("glow", "number"), "0.5"),
        (8, Parameter("duration_seconds", "integer"), "8 s"),
    ],
)
def test_a_value_reads_as_its_label_or_as_json(value: Any, parameter: Parameter, words: str) -> None:
    assert value_words(value, parameter) == words


def test_a_very_long_value_is_cut() -> None:
    assert len(value_words("x" * 10_000, Parameter("glow"))) == len(
        value_words("x" * 20_000, Parameter("glow"))
    )


def test_what_is_off_is_no_phrase() -> None:
    values = {"sound": False, "glow": 0, "grain": False, "seed": 7, "aspect_ratio": "16:9"}
    assert list(phrases(values))[-2:] == [f"{label_for('seed')} 7", "16:9"]
    assert not any("ound" in phrase or "rain" in phrase for phrase in phrases(values))


def test_a_parameter_that_no_model_describes_is_plain_text() -> None:
    assert parameter_of("glow_level") == Parameter("glow_level", "text", "Glow level")
    own = Parameter("glow", "flag", "Shine")
    assert parameter_of("glow", model(parameters=(own,))) == own


@pytest.mark.parametrize(
    ("sentence", "field"),
    [
        ("Invalid duration_seconds for this model", "duration_seconds"),
        ("Invalid duration for this model", "duration_seconds"),
        ("This model is not available", "model_slug"),
        ("Blocked by moderation", ""),
        ("The input_video_urls and the prompt are wrong", "input_video_urls"),
        ("The source video is too long", "input_video_urls"),
        ("", ""),
    ],
)
def test_a_refusal_is_put_at_the_field_that_it_is_about(sentence: str, field: str) -> None:
    assert field_named_in(sentence) == field
