"""A script's request: read strictly, and never read as something else than it says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.decode.request import decode_request
from studio.contract.errors import InvalidRequest
from studio.contract.request import SEED_FIELDS, GenerateRequest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
REQUESTS = st.builds(
    GenerateRequest,
    model_slug=st.text(min_size=1),
    prompt=st.text(),
    aspect_ratio=st.text(),
    duration_seconds=st.none() | st.integers(1, 600),
    quality_mode=st.text(),
    input_image_urls=st.lists(st.text()).map(tuple),
    input_video_urls=st.lists(st.text()).map(tuple),
    sound=st.none() | st.booleans(),
    prompt_directory_optin=st.booleans(),
)


@given(REQUESTS)
def test_what_is_sent_is_what_was_meant(request: GenerateRequest) -> None:
    assert decode_request(request.to_json()) == request


@given(st.dictionaries(st.sampled_from(["model_slug", *SEED_FIELDS]) | st.text(), JSON, max_size=4))
def test_any_body_is_read_exactly_or_refused_in_a_sentence(body: dict[str, Any]) -> None:
    outcome = read_or_refused(body)
    if isinstance(outcome, InvalidRequest):
        assert outcome.sentence
        assert outcome.field in ("", "model_slug", *SEED_FIELDS)
        return
    said = {name: value for name, value in body.items() if value is not None}
    read = {name: getattr(outcome, name) for name in said}
    assert {name: list(value) if isinstance(value, tuple) else value for name, value in read.items()} == said


def read_or_refused(body: dict[str, Any]) -> GenerateRequest | InvalidRequest:
    try:
        return decode_request(body)
    except InvalidRequest as refused:
        return refused


@pytest.mark.parametrize("body", [None, [], "text", 7, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(InvalidRequest, match="JSON object"):
        decode_request(body)


def test_a_field_of_the_caller_s_own_is_left_to_it() -> None:
    body = {"model_slug": "veo31_fast", "webhook_url": "https://example.com"}
    assert decode_request(body, also={"webhook_url"}) == GenerateRequest("veo31_fast")
    with pytest.raises(InvalidRequest, match="webhook_url"):
        decode_request(body)
