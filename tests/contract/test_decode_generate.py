import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.decode import decode_accepted, decode_refusal
from studio.contract.errors import (
    Forbidden,
    InsufficientCredits,
    InvalidRequest,
    KeyRefused,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Redirected,
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
        {"success": True, "id": "req-17", "data": {"job_id": "17"}},
        {"id": "c0ffee", "result": {"jobs": [{"uuid": "17"}]}},
        {"id": "c0ffee", "data": {"id": "17", "status": "queued"}},
        {"request_id": "c0ffee", "output": {"task_id": "17", "task_status": "PENDING"}},
        {"code": 0, "message": "SUCCEED", "request_id": "c0ffee", "data": {"task_id": "17"}},
        {"code": 100, "message": "The task was created", "data": {"task_id": "17"}},
        {"success": True, "data": [{"id": "17"}]},
        {"jobs": {"17": {"status": "pending"}}},
        {"job": "17", "uuid": "c0ffee"},
        {"id": "17", "status": "queued"},
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
        {"success": True, "error": "Something odd"},
        {"success": True, "id": "req-17"},
        {"success": True, "id": "c0ffee", "data": {}},
        {"id": "c0ffee", "job_ids": []},
        {"request_id": "c0ffee"},
        {"message": "Your request is in the queue"},
        {"code": 500, "id": "c0ffee", "message": "Something went wrong"},
        {"success": False, "code": 409, "message": "An equal request is running"},
        {"status": 409, "message": "An equal request is running"},
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
        (403, Forbidden),
        (422, InvalidRequest),
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


@pytest.mark.parametrize("status", [200, 204, 303, 408, 409, 425, 500, 502, 503])
def test_any_other_status_proves_nothing(status):
    assert decode_refusal(status, {"success": False, "error": "No"}) is None


@pytest.mark.parametrize("status", [301, 307, 308])
def test_an_address_that_leads_elsewhere_took_nothing(status):
    for from_proxy in (True, False):
        assert type(decode_refusal(status, None, from_proxy=from_proxy)) is Redirected


@pytest.mark.parametrize("status", [300, 302, 304])
def test_any_other_redirect_is_a_refusal_that_is_not_sent_again(status):
    assert type(decode_refusal(status, None)) is InvalidRequest


REFUSING = [status for status in range(400, 500) if status not in (401, 402, 404, 408, 409, 425, 429)]
SENTENCES = st.text("abc ", min_size=3).map(lambda words: f"No {words.strip()}x")


@given(st.sampled_from(REFUSING), SENTENCES, st.sampled_from(["error", "message", "detail", "msg", "errors"]))
def test_any_4xx_with_a_sentence_is_a_refusal_in_those_words(status, sentence, key):
    refused = decode_refusal(status, {"success": False, "request_id": "req-1", key: sentence})
    assert isinstance(refused, InvalidRequest)
    assert refused.sentence == " ".join(sentence.split())


@given(st.integers(100, 599), GARBAGE)
def test_a_proxys_answer_refuses_nothing(status, payload):
    """Only a redirect and a rate limit are its own to decide: then it did not pass the request on."""
    error = decode_refusal(status, payload, from_proxy=True)
    assert error is None or (status, type(error)) in [
        (429, RateLimited), *((redirect, Redirected) for redirect in (301, 307, 308))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind", "sentence"),
    [
        ({"error": "blocked by our content policy"}, InvalidRequest, "blocked by our content policy"),
        ({"code": 1301, "message": "The prompt is risky"}, InvalidRequest, "The prompt is risky"),
        ({"code": "E17", "msg": "The prompt is risky"}, InvalidRequest, "The prompt is risky"),
        ({"errcode": 17, "errmsg": "The prompt is risky"}, InvalidRequest, "The prompt is risky"),
        ({"status": "error", "id": "c0ffee", "message": "Not today"}, InvalidRequest, "Not today"),
        ({"status": 403, "message": "No access"}, Forbidden, "No access"),
        ({"error": {"code": 401, "message": "Who are you?"}}, KeyRefused, "Who are you?"),
        ({"code": 429, "message": "Too fast"}, RateLimited, "Too fast"),
        ({"ok": False, "code": 500, "message": "No provider"}, InvalidRequest, "No provider"),
        ({"success": False, "id": "c0ffee", "error": "Not today"}, InvalidRequest, "Not today"),
        (
            {"code": 1102, "message": "Account balance not enough"},
            InsufficientCredits,
            "Account balance not enough",
        ),
    ],
)
def test_a_200_with_an_error_and_no_job_is_a_refusal(body, kind, sentence):
    with pytest.raises(kind) as refused:
        decode_accepted(body)
    assert type(refused.value) is kind
    assert refused.value.sentence == sentence


@pytest.mark.parametrize("words", ["Forbidden", "Bad Request", "invalid_request", "E1301", "1301"])
def test_a_status_in_words_or_a_code_gives_way_to_the_sentence_next_to_it(words):
    assert (
        decode_refusal(400, {"error": words, "message": "The clip is too long"}).sentence
        == "The clip is too long"
    )
    assert decode_refusal(400, {"error": words}).sentence == words


@given(GARBAGE, st.sampled_from([302, 400, 401, 402, 403, 404, 422, 429]))
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
