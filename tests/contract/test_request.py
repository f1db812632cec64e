import json

from hypothesis import given
from hypothesis import strategies as st

from studio.contract.request import GenerateRequest

URLS = st.lists(st.sampled_from(["https://example.com/a.jpg", "/media/b.png"]), max_size=3).map(tuple)
REQUESTS = st.builds(
    GenerateRequest,
    model_slug=st.text(min_size=1, max_size=9),
    prompt=st.text(max_size=20),
    aspect_ratio=st.sampled_from(["", "16:9"]),
    duration_seconds=st.none() | st.integers(1, 60),
    quality_mode=st.sampled_from(["", "pro"]),
    input_image_urls=URLS,
    input_video_urls=URLS,
    sound=st.sampled_from([None, True, False]),
    prompt_directory_optin=st.booleans(),
)


@given(REQUESTS)
def test_a_request_survives_the_trip_through_json(request):
    assert GenerateRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@given(REQUESTS)
def test_only_what_says_something_is_sent(request):
    body = request.to_json()
    assert all(value not in ("", None, []) for value in body.values())
    assert body.get("prompt_directory_optin", True) is True
    assert ("sound" in body) == (request.sound is not None)
