"""A script that knows the vendor's page alone, against our address with our key."""

import gzip
import json
from urllib.request import urlopen

import pytest

from tests.gateway.conftest import GENERATE
from tests.gateway.fixtures import BROWSER_ORIGIN
from tests.gateway.home import Home, Newcomer
from tests.gateway.plain_client import Answer, PlainClient
from tests.worker.processes import wait_for

VEO = {
    "model_slug": "veo31_fast",
    "prompt": "a lighthouse at dawn",
    "aspect_ratio": "16:9",
    "duration_seconds": 8,
}
STORM = VEO | {"prompt": "[sandbox:fail] a storm"}  # which takes no time to draw
NOWHERE = "8990f846-f6f0-4ff1-a298-d0a72d49e7ad"


def refused(answer: Answer, status: int) -> dict:
    """The body of a refusal, which always tells why, in JSON."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["success"] is False
    assert answer.json["error"]
    return answer.json


def test_a_script_goes_from_the_models_to_the_file(plain: PlainClient) -> None:
    models = plain.models()
    assert (models.status, models.json["success"]) == (200, True)
    assert "veo31_fast" in {model["model_slug"] for model in models.json["models"]}

    accepted = plain.generate(**VEO)
    assert accepted.status == 200
    assert accepted.json["success"] is True
    assert accepted.json["credits_remaining_total"] == 1900
    (job_id,) = accepted.json["job_ids"]

    job = plain.wait(job_id)
    assert (job["job_id"], job["model_slug"], job["mode"]) == (job_id, "veo31_fast", "text_to_video")
    assert (job["status"], job["credits_charged"]) == ("completed", 100)
    assert job["provider_meta"]["effective_duration_seconds"] == 8
    assert job["created_at"] < job["completed_at"]
    (url,) = job["result_urls"]
    with urlopen(url) as clip:  # no key, no cookie
        assert clip.headers["Content-Type"] == "video/mp4"
        assert clip.read()[4:8] == b"ftyp"

    assert plain.history().json == {
        "success": True,
        "jobs": [job],
        "credits_remaining_total": 1900,
        "next": None,
    }


@pytest.mark.parametrize("scheme", ["Bearer ", "Token ", "", "bearer "])
def test_the_key_is_read_in_each_spelling(home: Home, newcomer: Newcomer, scheme: str) -> None:
    assert home.client(newcomer, scheme).history().json["jobs"] == []


def test_a_failed_clip_says_why_and_was_refunded(plain: PlainClient) -> None:
    (job_id,) = plain.generate(**STORM).json["job_ids"]
    failed = plain.wait(job_id)
    assert failed["status"] == "failed"
    assert failed["error_message"]
    assert failed["credits_refunded"] is True
    assert failed["result_urls"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"duration_seconds": 7}, "duration_seconds"),
        ({"duration_seconds": "8"}, "duration_seconds"),
        ({"aspect_ratio": "3:1"}, "aspect_ratio"),
        ({"prompt": ""}, "prompt"),
        ({"input_image_urls": "https://example.com/still.jpg"}, "input_image_urls"),
        ({"prompt": "[sandbox:reject] a storm"}, "prompt"),  # which the studio alone knows
    ],
)
def test_a_bad_request_is_refused_at_its_field(plain: PlainClient, change: dict, field: str) -> None:
    errors = refused(plain.generate(**VEO | change), 400)["errors"]
    assert [error["field"] for error in errors] == [field]
    assert plain.history().json["jobs"] == []


def test_a_body_that_is_no_request_is_refused(plain: PlainClient) -> None:
    for body in (b"", b"{", b"[]", b"\xff", b'{"prompt": NaN}', b'{"unheard_of": 1}', b"[" * 99):
        refused(plain.call("POST", GENERATE, body), 400)
    refused(plain.generate(**VEO | {"prompt": "a" * 65_536}), 413)


def test_a_body_whose_length_is_not_told_beforehand_is_read_to_its_end(plain: PlainClient) -> None:
    written = json.dumps(STORM).encode()
    assert plain.call("POST", GENERATE, iter([written[:9], written[9:]])).status == 200
    assert [job["prompt"] for job in plain.history().json["jobs"]] == [STORM["prompt"]]
    refused(plain.call("POST", GENERATE, iter([written[:9]])), 400)
    refused(plain.call("POST", GENERATE, iter([b" " * 9_000] * 8)), 413)


STRANGE = [None, "", "sk-0123456789", "dly_" + "A" * 43, "two words", "ключ".encode().decode("latin-1")]


@pytest.mark.parametrize("key", STRANGE)
def test_without_a_key_that_is_known_nothing_opens(home: Home, key: str | None) -> None:
    stranger = PlainClient(home.url, key)
    for answer in (stranger.models(), stranger.history(), stranger.status(NOWHERE), stranger.generate(**VEO)):
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Dailies"')


def test_too_few_credits_are_told_with_both_figures(home: Home, plain: PlainClient) -> None:
    home.ask("set_credits", credits=94)
    told = refused(plain.generate(**VEO), 402)
    assert (told["credits_required"], told["credits_available"]) == (100, 94)


def test_what_the_studio_alone_knows_of_credits_is_told_the_same_way(
    home: Home, newcomer: Newcomer, plain: PlainClient
) -> None:
    """The request is not kept for a top-up: whoever was refused may have gone elsewhere."""
    home.ask("spend_elsewhere", leaving=94)
    told = refused(plain.generate(**VEO), 402)
    assert (told["credits_required"], told["credits_available"]) == (100, 94)
    assert plain.history().json["jobs"] == []
    home.ask("set_credits", credits=2_000)
    assert plain.generate(**STORM).status == 200
    wait_for(lambda: home.ask("books", member=newcomer.member)["charged"] == 100, "the one charge")
    assert [job["prompt"] for job in plain.history().json["jobs"]] == [STORM["prompt"]]


def test_a_budget_that_ends_is_told_as_too_few_credits(
    home: Home, newcomer: Newcomer, plain: PlainClient
) -> None:
    home.ask("limit_token", token=newcomer.token, credits=150)
    assert plain.generate(**VEO).json["credits_remaining_total"] == 50
    told = refused(plain.generate(**VEO), 402)
    assert (told["credits_required"], told["credits_available"]) == (100, 50)
    assert len(plain.history().json["jobs"]) == 1


def test_what_does_not_exist_is_not_found(plain: PlainClient) -> None:
    refused(plain.generate(**VEO | {"model_slug": "no_such_model"}), 404)
    refused(plain.status(NOWHERE), 404)
    refused(plain.status("not-a-job"), 404)
    refused(plain.call("GET", "/api/v1/no-such-call/"), 404)


def test_another_method_is_refused_with_those_there_are(plain: PlainClient) -> None:
    answer = plain.call("DELETE", GENERATE)
    refused(answer, 405)
    assert answer.headers["Allow"] == "POST"


def test_a_base_address_may_end_with_a_slash(home: Home, newcomer: Newcomer) -> None:
    """Whichever part of the address a client takes for its base."""
    plain = home.client(newcomer)
    for path in (
        "//api/v1/models/video/",
        "/api//v1/models/video/",
        "/api/v1//models/video/",
        "///api/v1/models/video/",
    ):
        assert plain.call("GET", path).json == plain.models().json
    key = {"Idempotency_Key": "order-17"}
    first = plain.call("POST", f"/{GENERATE}", STORM, **key)
    assert first.status == 200
    assert plain.call("POST", GENERATE, STORM, **key).json["job_ids"] == first.json["job_ids"]
    refused(plain.call("GET", "//api/v1/no-such-call/"), 404)
    refused(plain.call("GET", "//api/v1"), 404)
    refused(plain.call("POST", GENERATE.rstrip("/"), STORM), 404)


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v2/models/video/", "/api/no-such-call"])
def test_what_is_not_there_is_refused_in_json(plain: PlainClient, path: str) -> None:
    for method in ("GET", "POST"):
        refused(plain.call(method, path), 404)


def test_a_compressed_body_is_read(plain: PlainClient) -> None:
    zipped = gzip.compress(json.dumps(STORM).encode())
    assert plain.call("POST", GENERATE, zipped, Content_Encoding="gzip").status == 200
    assert plain.call("POST", GENERATE, iter([zipped[:9], zipped[9:]]), Content_Encoding="gzip").status == 200
    assert [job["prompt"] for job in plain.history().json["jobs"]] == [STORM["prompt"]] * 2
    refused(plain.call("POST", GENERATE, gzip.compress(bytes(9_000_000)), Content_Encoding="gzip"), 413)
    refused(plain.call("POST", GENERATE, zipped, Content_Encoding="br"), 415)


def test_a_quote_costs_nothing_and_holds(home: Home, newcomer: Newcomer, plain: PlainClient) -> None:
    told = plain.quote(**STORM).json
    assert (told["credits"], told["basis"], told["credits_remaining_after"]) == (100, "published", 1_900)
    assert told["warnings"] == []
    assert home.ask("books", member=newcomer.member) == {"jobs": 0, "made": 0, "asked": 0, "charged": 0}
    assert plain.generate(**STORM).json["credits_remaining_total"] == told["credits_remaining_after"]


def test_a_page_of_a_listed_origin_may_call(home: Home, plain: PlainClient) -> None:
    """A browser asks first, without the token."""
    browser = PlainClient(home.url, None)
    asks = {"Origin": BROWSER_ORIGIN, "Access_Control_Request_Method": "POST"}
    first = browser.call("OPTIONS", GENERATE, **asks)
    assert (first.status, first.headers["Access-Control-Allow-Origin"]) == (204, BROWSER_ORIGIN)
    called = plain.call("POST", GENERATE, STORM, Origin=BROWSER_ORIGIN)
    assert (called.status, called.headers["Access-Control-Allow-Origin"]) == (200, BROWSER_ORIGIN)
    stranger = plain.call("POST", GENERATE, STORM, Origin="https://evil.example.com")
    assert stranger.headers["Access-Control-Allow-Origin"] is None


def test_the_seed_s_own_words_are_answered_exactly(home: Home, plain: PlainClient) -> None:
    assert refused(plain.generate(**VEO | {"duration_seconds": 7}), 400)["error"] == (
        "Invalid duration for this model"
    )
    home.ask("set_credits", credits=94)
    assert refused(plain.generate(**VEO), 402)["error"] == "Insufficient credits"


def test_what_a_model_does_not_use_is_ignored(plain: PlainClient) -> None:
    accepted = plain.generate(**STORM | {"sound": True}).json
    assert [warning["field"] for warning in accepted["warnings"]] == ["sound"]
    assert "sound" not in plain.wait(*accepted["job_ids"])


def test_who_asks_too_often_is_told_to_wait(plain: PlainClient) -> None:
    answers = (plain.generate() for _ in range(130))  # of which a minute takes 60
    slowed = next(answer for answer in answers if answer.status != 400)
    refused(slowed, 429)
    assert 0 < int(slowed.headers["Retry-After"]) <= 60
    assert plain.models().status == 200  # looking is counted apart


def test_the_history_is_as_long_as_asked(plain: PlainClient) -> None:
    ids = [plain.generate(**STORM).json["job_ids"][0] for _ in range(2)]
    assert [job["job_id"] for job in plain.history(limit=1).json["jobs"]] == ids[:0:-1]
    for limit in ("2", "100", "101"):
        assert [job["job_id"] for job in plain.history(limit=limit).json["jobs"]] == ids[::-1]
    for limit in ("0", "-1", "abc", "1.5", "", "٣"):
        refused(plain.history(limit=limit), 400)
    first = plain.history(limit=1).json
    assert [job["job_id"] for job in plain.call("GET", first["next"]).json["jobs"]] == ids[:1]
    assert [job["job_id"] for job in plain.history(before=ids[1]).json["jobs"]] == ids[:1]
    refused(plain.history(before=NOWHERE), 400)


def test_a_colleagues_job_is_as_good_as_none(home: Home, plain: PlainClient) -> None:
    (job_id,) = plain.generate(**STORM).json["job_ids"]
    assert plain.status(job_id).status == 200
    colleague = home.client(home.newcomer())
    refused(colleague.status(job_id), 404)
    assert colleague.history().json["jobs"] == []


def test_the_older_call_makes_a_clip_of_todays_model(plain: PlainClient) -> None:
    asked = plain.call("POST", "/api/v1/generate/video/", {"prompt": "a storm [sandbox:fail]"}).json
    assert asked["success"] is True
    path = f"/api/v1/generate/{asked['data']['generation_id']}/"
    assert plain.wait(asked["data"]["generation_id"])["model_slug"] == "veo31_fast"
    told = plain.call("GET", path).json
    assert (told["status"], told["credits_refunded"], told["video_url"]) == ("FAILED", True, None)
    for wrong in (
        {},
        {"prompt": "a storm", "video_model": "sora"},
        {"prompt": "a storm", "aspect_ratio": "1:1"},
    ):
        refused(plain.call("POST", "/api/v1/generate/video/", wrong), 400)


def test_no_key_is_written_down(home: Home, newcomer: Newcomer, plain: PlainClient) -> None:
    plain.history()
    plain.generate()
    plain.call("GET", f"/api/v1/{newcomer.text}/")
    assert newcomer.text not in home.log
    assert newcomer.text not in str(home.ask("audit_entries"))
