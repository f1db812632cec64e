"""Web pages of other origins: which of them a browser lets call the API, and what they may send and read."""

import pytest
from django.test import Client

from tests.gateway.conftest import GENERATE, WISH, Script
from tests.responses import Response

MODELS = "/api/v1/models/video/"
APP = "https://app.example.com"


def asked_first(path: str, origin: str = APP, **headers: str) -> Response:
    """What a browser sends before a call with a token, and without it."""
    wants = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    return Client().options(path, headers={"Origin": origin, **wants, **headers})


def about_origins(answer: Response) -> dict[str, str]:
    return {name: value for name, value in answer.items() if name.startswith("Access-Control-")}


def test_without_the_setting_no_page_is_let_in(script: Script, settings) -> None:
    assert settings.API_CORS_ORIGINS == []
    assert asked_first(GENERATE).status_code == 405
    for answer in (asked_first(GENERATE), script.get(MODELS, Origin=APP)):
        assert about_origins(answer) == {}
        assert "Origin" not in answer.get("Vary", "")


def test_a_listed_page_may_send_a_token_and_read_when_to_try_again(script: Script, settings) -> None:
    settings.API_CORS_ORIGINS, settings.API_CLIPS_PER_MINUTE = [APP], 1
    first = asked_first(GENERATE)
    assert (first.status_code, first.content) == (204, b"")
    assert first["Access-Control-Allow-Origin"] == APP
    assert first["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
    allowed = first["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "Idempotency-Key"} <= set(allowed)
    for status in (200, 429):
        answer = script.post(GENERATE, WISH, Origin=APP)
        assert answer.status_code == status
        assert answer["Access-Control-Allow-Origin"] == APP
        assert answer["Access-Control-Expose-Headers"] == "Retry-After"
        assert "Origin" in answer["Vary"]
    assert answer["Retry-After"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.com", f"{APP}.evil.example", "http://app.example.com", f"{APP}:8443", "null", ""],
)
def test_any_other_page_is_not(script: Script, settings, origin: str) -> None:
    settings.API_CORS_ORIGINS = [APP]
    for answer in (asked_first(GENERATE, origin), script.get(MODELS, Origin=origin)):
        assert about_origins(answer) == {}
        assert "Origin" in answer["Vary"], "a shared cache keeps the answers apart"


def test_every_page_may_be_let_in(script: Script, settings) -> None:
    settings.API_CORS_ORIGINS = ["*"]
    for origin in (APP, "null"):
        for answer in (asked_first(GENERATE, origin), script.get(MODELS, Origin=origin)):
            assert answer["Access-Control-Allow-Origin"] == "*"
            assert "Origin" not in answer.get("Vary", "")


def test_no_page_ever_calls_with_cookies(as_admin: Client, settings) -> None:
    settings.API_CORS_ORIGINS = ["*"]
    answer = as_admin.get(MODELS, headers={"Origin": APP})
    assert answer.status_code == 401
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Credentials" not in asked_first(MODELS)


@pytest.mark.parametrize(
    "path", ["/", "/api/", "/jobs/", "/media/clips/a.mp4", "/accounts/login/", "/healthz"]
)
def test_only_the_api_is_opened_to_pages(as_admin: Client, settings, path: str) -> None:
    settings.API_CORS_ORIGINS = ["*"]
    assert about_origins(as_admin.get(path, headers={"Origin": APP})) == {}
    assert about_origins(asked_first(path)) == {}


def test_a_refusal_can_be_read_too(db: None, settings) -> None:
    settings.API_CORS_ORIGINS = [APP]
    for path in (MODELS, "/api/v1/no/such/call/"):
        answer = Client().get(path, headers={"Origin": APP})
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, APP)
