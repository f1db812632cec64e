"""A call to somebody's webhook over real sockets: what leaves this machine, and what is made of the answer."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from studio.upstream.guard import Blocked, FetchError, Unreachable
from studio.upstream.webhook import LONGEST_WAIT, Received, post
from tests.receivers.http import HttpReceiver

BODY = b'{"event": "clip.ready"}'


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


def call(receiver: HttpReceiver, *, deadline: float = 10.0, **headers: str) -> Received:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return post(receiver.url, BODY, named, deadline=deadline, private_hosts=(receiver.host,))


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_body_and_the_headers_arrive_unchanged(receiver: HttpReceiver) -> None:
    call(receiver, Dailies_Signature="t=1,v1=abc", Content_Type="application/json")
    [arrived] = receiver.calls
    assert (arrived.path, arrived.body) == ("/hook", BODY)
    assert arrived.headers["Dailies-Signature"] == "t=1,v1=abc"
    assert arrived.headers["Content-Type"] == "application/json"


def test_a_caller_may_name_its_own_user_agent(receiver: HttpReceiver) -> None:
    call(receiver)
    call(receiver, User_Agent="Dailies-Test")
    assert [arrived.headers["User-Agent"] for arrived in receiver.calls] == ["Dailies", "Dailies-Test"]


def test_no_cookie_and_no_authorization_is_added(receiver: HttpReceiver) -> None:
    receiver.answer(200, {"Set-Cookie": "session=1"})
    call(receiver)
    call(receiver)
    for arrived in receiver.calls:
        assert arrived.headers["Cookie"] is None
        assert arrived.headers["Authorization"] is None


def test_the_proxy_of_the_environment_is_not_used(
    receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert call(receiver).is_success


# ── What comes back ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("status", "is_success"),
    [(200, True), (204, True), (299, True), (300, False), (404, False), (410, False), (500, False)],
)
def test_only_a_2xx_status_is_a_success(receiver: HttpReceiver, status: int, is_success: bool) -> None:
    receiver.answer(status)
    received = call(receiver)
    assert (received.status, received.is_success) == (status, is_success)
    assert len(receiver.calls) == 1  # whatever the answer, nothing is sent twice


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_reported_and_not_followed(receiver: HttpReceiver, status: int) -> None:
    receiver.answer(status, {"Location": receiver.url + "/elsewhere"})
    assert call(receiver).status == status
    assert [arrived.path for arrived in receiver.calls] == ["/hook"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("90", 90.0), ("1.5", 1.5), ("999999999", LONGEST_WAIT), ("soon", None), ("", None)],
)
def test_the_receiver_says_how_long_to_wait(
    receiver: HttpReceiver, header: str, seconds: float | None
) -> None:
    receiver.answer(429, {"Retry-After": header})
    assert call(receiver).retry_after == seconds


def test_the_receiver_may_name_the_time_to_wait_for(receiver: HttpReceiver) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    receiver.answer(503, {"Retry-After": format_datetime(at, usegmt=True)})
    wait = call(receiver).retry_after
    assert wait is not None
    assert 3_000 < wait <= 3_600


def test_the_body_of_the_answer_is_not_waited_for(receiver: HttpReceiver) -> None:
    receiver.answer(200, {"Content-Length": "10000000000"}, b"the beginning")
    assert call(receiver).is_success


# ── What is not called ───────────────────────────────────────────────────────────────────────────────────
def refusal(url: str, *private_hosts: str, deadline: float = 10.0) -> FetchError:
    with pytest.raises(FetchError) as refused:
        post(url, BODY, {}, deadline=deadline, private_hosts=private_hosts)
    return refused.value


def test_a_private_address_is_called_only_on_the_port_that_was_allowed(receiver: HttpReceiver) -> None:
    assert isinstance(refusal(receiver.url), Blocked)
    assert isinstance(refusal(receiver.url, "127.0.0.1:1"), Blocked)
    assert receiver.calls == []
    post(receiver.url, BODY, {}, deadline=10.0, private_hosts=("127.0.0.1",))
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    "url",
    [
        *("", "hook", "//example.com/hook", "http://", "http://[::1"),
        *("ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "http://a\0b/"),
        *("http://user:pass@example.com/", "http://user@example.com/"),
    ],
)
def test_anything_but_a_plain_web_address_is_blocked(url: str) -> None:
    assert isinstance(refusal(url), Blocked)


def test_a_name_or_a_password_in_an_address_is_not_sent(receiver: HttpReceiver) -> None:
    url = receiver.url.replace("http://", "http://ann:secret@")
    assert isinstance(refusal(url, receiver.host), Blocked)
    assert receiver.calls == []


# ── No answer ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_receiver_that_never_answers_is_left_at_the_deadline(receiver: HttpReceiver) -> None:
    receiver.hang()
    began = time.monotonic()
    failure = refusal(receiver.url, receiver.host, deadline=0.5)
    assert isinstance(failure, Unreachable)
    assert 0.4 < time.monotonic() - began < 10
    assert len(receiver.calls) <= 1


def test_a_refused_connection_is_no_answer() -> None:
    with HttpReceiver() as gone:
        url, host = gone.url, gone.host
    assert isinstance(refusal(url, host), Unreachable)


def test_no_failure_quotes_the_address(receiver: HttpReceiver) -> None:
    """It may hold a secret: many services put one into the path."""
    receiver.hang()
    hidden = f"{receiver.url}/T0KEN"
    failures = [
        refusal(hidden, receiver.host, deadline=0.3),
        refusal(hidden),
        refusal("http://[::1/T0KEN"),
        refusal("http://unknown.example/T0KEN", "unknown.example"),
    ]
    for failure in failures:
        assert "T0KEN" not in failure.sentence
        assert "T0KEN" not in str(failure)
