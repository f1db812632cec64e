import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.decode import decode_accepted, decode_refusal
from studio.contract.errors import (
    InsufficientCredits,
    InvalidRequest,
    KeyRefused,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
)
from tests.contract.strategies import GARBAGE, JSON


def test_the_documented_acceptance_decodes_exactly():
    body = {
        "success": True,
        "job_ids": ["8990f846-f6f0-4ff1-a298-d0a72d49e7ad"],
        "credits_remaining_total": 438,
    }
    accepted = decode_accepted(body)
    assert accepted.job_ids == ("8990f846-f6f0-4ff1-a298-d0a72d49e7ad",)
    assert accepted.credits_remaining == 438
    assert accepted.raw == body


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "job_ids": [17]},
        {"job_id": "17"},
        {"success": "true", "id": 17},
        {"jobs": [{"job_id": 17, "status": "pending"}]},
        {"success": True, "data": {"job_ids": ["17"]}},
        {"success": True, "job": {"id": 17}},
    ],
)
def test_ids_in_their_spellings(body):
    assert decode_accepted(body).job_ids == ("17",)


@pytest.mark.parametrize(
    "body",
    [
        None,
        "<html>",
        [],
        {},
        {"success": True},
        {"success": True, "job_ids": []},
        {"success": True, "job_ids": [""]},
        {"success": True, "job_ids": ["a", "a"]},
        {"success": True, "job_ids": ["1", 1]},
        {"success": True, "job_ids": ["a", None]},
        {"success": True, "job_ids": [True]},
        {"error": "Something odd"},
        {"success": False, "error": "Invalid", "job_ids": ["a"]},
    ],
)
def test_an_answer_that_proves_no_jobs_is_an_unknown_outcome(body):
    with pytest.raises(OutcomeUnknown, match="may have been started"):
        decode_accepted(body)


def test_the_documented_refusal_is_about_the_duration():
    with pytest.raises(InvalidRequest, match="Invalid duration for this model") as refused:
        decode_accepted({"success": False, "error": "Invalid duration for this model"})
    assert refused.value.field == "duration_seconds"


def test_the_documented_lack_of_credits_tells_both_figures():
    body = {
        "success": False,
        "error": "Insufficient credits",
        "credits_required": 220,
        "credits_available": 94,
    }
    with pytest.raises(InsufficientCredits, match="Insufficient credits") as refused:
        decode_accepted(body)
    assert (refused.value.required, refused.value.available) == (220, 94)


@pytest.mark.parametrize(
    ("sentence", "field"),
    [
        ("Aspect ratio 4:3 is not supported by this model", "aspect_ratio"),
        ("quality_mode is required for this model", "quality_mode"),
        ("Prompt is too long", "prompt"),
        ("This model requires at least one image", "input_image_urls"),
        ("Bad video URL", "input_video_urls"),
        ("Audio is not available", "sound"),
        ("Unknown model", "model_slug"),
        ("Prompt directory opt-in is not offered", "prompt_directory_optin"),
        ("Moderation said no", ""),
    ],
)
def test_the_field_is_guessed_from_the_sentence(sentence, field):
    assert decode_refusal(400, {"success": False, "error": sentence}).field == field


def test_errors_by_field_name_the_field_and_keep_the_sentence():
    error = decode_refusal(400, {"errors": {"quality_mode": ["Pick one."]}})
    assert (type(error), error.field, error.sentence) == (InvalidRequest, "quality_mode", "Pick one.")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, KeyRefused),
        (403, KeyRefused),
        (402, InsufficientCredits),
        (404, NotFound),
        (429, RateLimited),
    ],
)
def test_each_status_has_its_error_with_a_sentence_even_without_a_body(status, kind):
    for body in (None, "<html>Bad</html>", {}, {"error": None}):
        error = decode_refusal(status, body)
        assert type(error) is kind
        assert error.sentence.endswith(".")
    assert decode_refusal(status, {"detail": "Our own words"}).sentence == "Our own words"


def test_a_400_for_lack_of_credits_is_known_by_its_words_or_figures():
    assert isinstance(decode_refusal(400, {"error": "Not enough credits"}), InsufficientCredits)
    assert decode_refusal(400, {"error": "No", "credits_required": 5}).required == 5


@pytest.mark.parametrize(
    ("said", "seconds"), [(None, None), (30, 30), (10**9, 3600), (-1, None), (float("nan"), None)]
)
def test_the_wait_is_capped(said, seconds):
    assert decode_refusal(429, None, retry_after=said).retry_after == seconds


@pytest.mark.parametrize("status", [200, 204, 301, 307, 409, 422, 500, 502, 503])
def test_any_other_status_proves_nothing(status):
    assert decode_refusal(status, {"success": False, "error": "No"}) is None


@given(GARBAGE, st.sampled_from([400, 401, 402, 404, 429]))
def test_a_refusal_always_has_a_sentence(payload, status):
    assert decode_refusal(status, payload).sentence.strip()


@given(JSON | st.fixed_dictionaries({"success": st.booleans(), "job_ids": JSON}, optional={"error": JSON}))
def test_every_answer_is_accepted_refused_or_unknown(payload):
    try:
        job_ids = decode_accepted(payload).job_ids
    except (Refused, OutcomeUnknown) as error:
        job_ids = (error.sentence,)
    assert job_ids
    assert len(set(job_ids)) == len(job_ids)
    assert all(job_id.strip() for job_id in job_ids)
