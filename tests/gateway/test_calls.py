"""Who may call, with what, and how often: before anything is asked for."""

import gzip
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import time_machine
from django.test import Client

from studio.gateway.body import MOST_BYTES, MOST_LEVELS
from studio.jobs.models import Job
from tests.gateway.conftest import GENERATE, WISH, Script

MODELS = "/api/v1/models/video/"


def nested(levels: int) -> bytes:
    return b'{"model_slug": "veo31_fast", "prompt": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@pytest.mark.parametrize(
    "spelling", ["Bearer {}", "bearer {}", "Token {}", "token {}", "{}", "  Bearer   {} "]
)
def test_a_token_is_taken_in_each_spelling_of_the_api(script: Script, spelling: str) -> None:
    answer = Client().get(MODELS, headers={"Authorization": spelling.format(script.text)})
    assert answer.status_code == 200


ASKED_FOR = 'Bearer realm="Dailies"'
REFUSED = f'{ASKED_FOR}, error="invalid_token"'


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", ASKED_FOR),
        ("Bearer", REFUSED),  # as the bare key
        ("Bearer wrong", REFUSED),
        ("Basic {}", ASKED_FOR),
        ("Bearer {} {}", ASKED_FOR),
        ("Bearer {}, Bearer {}", ASKED_FOR),
        ("Bearer {},{}", REFUSED),
        ("Bearer {}x", REFUSED),
        ("Bearer dly_\xff", REFUSED),
        ("Bearer dly_\x00", REFUSED),
        ("Bearer dly_" + "A" * 60_000, REFUSED),
        ("dly_", REFUSED),
    ],
)
def test_anything_else_is_unauthorized_in_json(script: Script, header: str, told: str) -> None:
    answer = Client().get(MODELS, headers={"Authorization": header.replace("{}", script.text)})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == told
    assert answer.json()["success"] is False
    assert script.text not in answer.text


def test_a_session_opens_nothing_here(model, as_admin: Client) -> None:
    assert as_admin.get(MODELS).status_code == 401
    assert as_admin.post(GENERATE, WISH, content_type="application/json").status_code == 401


def test_another_method_is_refused_with_those_that_there_are(script: Script) -> None:
    answer = script.get(GENERATE)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json() == {"success": False, "error": "This endpoint supports POST."}


def test_an_address_without_its_slash_is_named_in_json(script: Script) -> None:
    answer = script.post(GENERATE.rstrip("/"), WISH)
    assert answer.status_code == 404
    assert answer.json()["error"].endswith(f"Addresses here end with a slash: {GENERATE}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"duration_seconds": NaN}',
        b'{"duration_seconds": 1e400}',
        b'{"prompt": "one", "prompt": "two"}',
        b'{"prompt": "\\u0000"}',
        b'{"prompt": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"duration_seconds": ' + b"9" * 5000 + b"}",
        b'{"duration_seconds": ' + b"9" * 4000 + b"}",
        b'{"duration_seconds": 1e999}',
        b'{"prompt": {"any": [-1e999]}}',
        b'{"duration_seconds": 9007199254740993}',
        nested(MOST_LEVELS + 1),
        nested(30_000),
    ],
)
def test_a_body_that_is_no_plain_json_object_is_refused(script: Script, body: bytes) -> None:
    answer = script.post(GENERATE, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_as_deep_as_allowed_is_read_and_judged(script: Script) -> None:
    assert script.post(GENERATE, nested(MOST_LEVELS)).json()["errors"] == [
        {"field": "prompt", "message": "prompt must be text."}
    ]


def test_a_body_that_is_too_large_is_not_read(script: Script) -> None:
    answer = script.post(GENERATE, json.dumps({"prompt": "x" * MOST_BYTES}).encode())
    assert (answer.status_code, answer.json()["error"]) == (413, "The body is larger than 64 KB.")


@pytest.mark.parametrize("path", [MODELS, GENERATE, "/api/v1/openapi.json", "/api/v1/no/such/call/"])
def test_a_host_that_is_not_allowed_is_refused_in_json(script: Script, path: str) -> None:
    answer = script.get(path, Host="elsewhere.example.com")
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert "ALLOWED_HOSTS" in answer.json()["error"]


# ── Encoded bodies ──────────────────────────────────────────────────────────────────────────────────────
WRITTEN = json.dumps(WISH).encode()
ZIPPED = gzip.compress(WRITTEN, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", ZIPPED),
        ("GZip", ZIPPED),
        ("x-gzip", ZIPPED),
        ("gzip", gzip.compress(WRITTEN[:9], mtime=0) + gzip.compress(WRITTEN[9:], mtime=0)),
        ("gzip", gzip.compress(WRITTEN.ljust(MOST_BYTES), mtime=0)),
        ("identity", WRITTEN),
    ],
)
def test_a_body_may_be_compressed(script: Script, encoding: str, body: bytes) -> None:
    assert script.post(GENERATE, body, **{"Content-Encoding": encoding}).status_code == 200
    assert Job.objects.get().request == WISH


@pytest.mark.parametrize(
    "body", [WRITTEN, ZIPPED[:-1], ZIPPED[:20], ZIPPED + b"more", ZIPPED[:-8] + bytes(8), b""]
)
def test_a_body_that_is_not_the_gzip_it_says_it_is_is_refused(script: Script, body: bytes) -> None:
    answer = script.post(GENERATE, body, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(b" " * (MOST_BYTES + 1), mtime=0),
        gzip.compress(b" " * 50_000_000, mtime=0),
        gzip.compress(b" " * 40_000, mtime=0) * 2,
        gzip.compress(b"", mtime=0) * 4_000,  # too much as it was sent
    ],
)
def test_a_body_that_decompresses_to_too_much_is_refused(script: Script, bomb: bytes) -> None:
    with tracked_memory() as peak:
        answer = script.post(GENERATE, bomb, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert peak() < 5_000_000


@contextmanager
def tracked_memory() -> Iterator[Callable[[], int]]:
    """The most bytes that Python held at a time within."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "utf-8", "x" * 500])
def test_another_encoding_is_refused_with_the_one_there_is(script: Script, encoding: str) -> None:
    answer = script.post(GENERATE, WRITTEN, **{"Content-Encoding": encoding})
    assert (answer.status_code, answer["Accept-Encoding"]) == (415, "gzip")
    assert "Content-Encoding: gzip" in answer.json()["error"]
    assert len(answer.json()["error"]) < 200


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/vnd.api+json",
        "multipart/form-data; boundary=x",
    ],
)
def test_json_is_read_whatever_it_is_called(script: Script, kind: str) -> None:
    """curl -d calls it a form."""
    headers = {"Authorization": f"Bearer {script.text}"}
    assert Client().post(GENERATE, WRITTEN, content_type=kind, headers=headers).status_code == 200


def test_one_call_too_many_is_told_when_to_come_back(script: Script, settings) -> None:
    settings.API_READS_PER_MINUTE = 2
    with time_machine.travel("2026-11-25T10:00:15Z", tick=False):
        assert [script.get(MODELS).status_code for _ in range(3)] == [200, 200, 429]
        refused = script.get(MODELS)
        assert refused["Retry-After"] == "60"
        assert script.ask().status_code == 200, "clips are counted by themselves"
    with time_machine.travel("2026-11-25T10:01:15Z", tick=False):
        assert script.get(MODELS).status_code == 200


def test_too_many_clips_are_not_asked_for(script: Script, settings) -> None:
    settings.API_CLIPS_PER_MINUTE = 1
    with time_machine.travel("2026-11-25T10:00:15Z", tick=False):
        assert [script.ask().status_code for _ in range(2)] == [200, 429]
    assert Job.objects.count() == 1


def test_a_fault_of_ours_is_told_in_json_and_logged(script: Script, monkeypatch, caplog) -> None:
    monkeypatch.setattr("studio.gateway.views.default_connection", lambda: 1 / 0)
    answer = script.get(MODELS)
    assert answer.status_code == 500
    assert answer.json()["success"] is False
    assert "ZeroDivisionError" in caplog.text
    assert script.text not in caplog.text
