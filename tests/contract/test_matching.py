"""Whether a row of the studio's history can be one of our requests. A wrong yes gives a person another's clip; a
wrong no pays for a clip twice.
"""

from typing import Any

import pytest

from studio.contract.answers import JobReport
from studio.contract.matching import contradicts, is_same_request, reported, same_prompt
from studio.contract.request import GenerateRequest

IMAGE, OTHER = "https://example.com/a.jpg", "https://example.com/b.jpg"
REQUEST = GenerateRequest(
    "veo31_fast",
    prompt="a lighthouse",
    aspect_ratio="16:9",
    duration_seconds=8,
    quality_mode="pro",
    input_image_urls=[IMAGE],
    sound=True,
    seed=7,
)


def a_row(**fields: Any) -> JobReport:
    """What a studio reports of REQUEST; ``fields`` say otherwise."""
    said: dict[str, Any] = {
        "job_id": "1",
        "state": "completed",
        "model_slug": "veo31_fast",
        "prompt": "a lighthouse",
        "aspect_ratio": "16:9",
        "duration_seconds": 8,
        "quality_mode": "pro",
        "input_urls": (IMAGE,),
        "raw": {"seed": 7, "sound": True},
    }
    return JobReport(**{**said, **fields})


def test_a_row_that_repeats_the_request_is_it() -> None:
    assert is_same_request(REQUEST, a_row())


@pytest.mark.parametrize(
    "fields",
    [
        {"model_slug": "kling"},
        {"model_slug": ""},
        {"prompt": "a harbour"},
        {"prompt": ""},
        {"aspect_ratio": "9:16"},
        {"duration_seconds": 5},
        {"quality_mode": "std"},
        {"input_urls": ()},
        {"input_urls": (OTHER,)},
        {"input_urls": (IMAGE, OTHER)},
        {"raw": {"seed": 8}},
        {"raw": {"sound": False}},
    ],
)
def test_one_value_that_differs_makes_it_another(fields: dict[str, Any]) -> None:
    assert not is_same_request(REQUEST, a_row(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"aspect_ratio": "", "duration_seconds": None, "quality_mode": "", "input_urls": None, "raw": {}},
        {"quality_mode": "PRO"},
        {"prompt": "  a lighthouse\n"},
        {"raw": {"seed": "7", "sound": "true"}},
        {"raw": {"Seed": 7}},
    ],
)
def test_what_a_row_leaves_out_or_spells_in_another_way_is_no_difference(fields: dict[str, Any]) -> None:
    assert is_same_request(REQUEST, a_row(**fields))


@pytest.mark.parametrize("ours", ["Auto", "auto", -1, "random"])
def test_what_the_studio_chose_itself_is_no_difference(ours: Any) -> None:
    request = GenerateRequest("veo31_fast", prompt="a lighthouse", aspect_ratio=str(ours), seed=ours)
    assert not contradicts(request, a_row(input_urls=(), raw={"seed": 123}))


def test_the_models_contradict_each_other_only_where_both_are_named() -> None:
    request = GenerateRequest("veo31_fast", prompt="a lighthouse")
    assert contradicts(request, a_row(model_slug="kling", input_urls=()))
    assert not contradicts(request, a_row(model_slug="", input_urls=()))
    assert not is_same_request(request, a_row(model_slug="", input_urls=()))


def test_inputs_are_compared_whatever_their_order_and_kind() -> None:
    request = REQUEST.but(input_image_urls=[IMAGE], input_video_urls=[OTHER])
    assert not contradicts(request, a_row(input_urls=(OTHER, IMAGE)))
    assert contradicts(request, a_row(input_urls=(IMAGE,)))


@pytest.mark.parametrize(
    ("theirs", "differs"),
    [(["b", "a"], False), (["A", "B"], False), (["a"], True), (["a", "c"], True), ([], False), (None, False)],
)
def test_lists_are_compared_whatever_their_order(theirs: Any, differs: bool) -> None:
    request = GenerateRequest("veo31_fast", styles=["a", "b"])
    assert contradicts(request, a_row(input_urls=(), raw={"styles": theirs})) is differs


def test_objects_never_differ() -> None:
    """They come back with other keys, or as text."""
    request = GenerateRequest("veo31_fast", elements={"name": "cat"})
    assert not contradicts(request, a_row(input_urls=(), raw={"elements": {"title": "dog"}}))


def test_the_prompt_is_compared_without_the_space_around_it() -> None:
    assert same_prompt(GenerateRequest("veo31_fast", prompt=" a b "), a_row(prompt="a b\n"))
    assert not same_prompt(GenerateRequest("veo31_fast", prompt="a  b"), a_row(prompt="a b"))


def test_a_value_is_read_decoded_where_the_document_has_it_and_from_the_row_otherwise() -> None:
    row = a_row(duration_seconds=8, raw={"duration_seconds": "8s", "seed": 9, "Camera-Path": "orbit"})
    assert reported(row, "duration_seconds") == 8
    assert reported(row, "seed") == 9
    assert reported(row, "camera_path") == "orbit"
    assert reported(row, "grain") is None
