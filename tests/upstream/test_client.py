"""The client against real TCP faults: what each proves, and what stays unknown."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from studio.contract.errors import (
    Forbidden,
    InsufficientCredits,
    InvalidRequest,
    KeyRefused,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Redirected,
    Unavailable,
)
from studio.contract.request import GenerateRequest
from studio.upstream.client import VideoStudio
from studio.upstream.exchange import LONGEST_WAIT, retry_after
from tests.upstream.faults import page, says
from tests.upstream.server import FakeStudio

LIGHTHOUSE = GenerateRequest(
    "veo31_fast", prompt="a lighthouse at dawn", aspect_ratio="16:9", duration_seconds=8
)
Connect = Callable[[str, str], VideoStudio]


def test_a_clip_is_asked_for_with_only_the_fields_that_say_something(client, video_studio):
    accepted = client.generate(LIGHTHOUSE)
    assert len(accepted.job_ids) == 1
    assert accepted.credits_remaining == 1900
    (post,) = video_studio.calls("POST")
    assert post.body == {
        "model_slug": "veo31_fast",
        "prompt": "a lighthouse at dawn",
        "aspect_ratio": "16:9",
        "duration_seconds": 8,
    }


@pytest.mark.parametrize(
    "fault",
    [
        "accept-then-reset", "accept-then-hang", "drip", "drip-headers", "html-200", "half-body",
        "500-accepted", "no-ids", "doubled-ids",
    ],
)  # fmt: skip
def test_an_answer_lost_after_acceptance_is_unknown_and_never_sent_again(client, video_studio, fault):
    video_studio.fault(fault)
    with pytest.raises(OutcomeUnknown):
        client.generate(LIGHTHOUSE)
    assert video_studio.paid_posts == 1
    assert len(video_studio.calls("POST")) == 1


@pytest.mark.parametrize("fault", ["303", "500", "502", "503", "504", "408", "409", "425"])
def test_a_status_that_proves_nothing_is_unknown_and_never_followed(client, video_studio, fault):
    video_studio.fault(fault)
    with pytest.raises(OutcomeUnknown):
        client.generate(LIGHTHOUSE)
    assert [call.path for call in video_studio.log] == ["/api/v1/video-studio/generate/"]


def test_the_studios_words_are_kept_where_its_status_proves_nothing(client, video_studio):
    video_studio.fault(says(409, {"error": "An equal request is running"}))
    with pytest.raises(OutcomeUnknown) as unknown:
        client.generate(LIGHTHOUSE)
    assert str(unknown.value) == (
        "The Video Studio answered 409: the clip may have been accepted. It said: “An equal request is running”"
    )


@pytest.mark.parametrize("fault", ["307", "308", "301"])
def test_a_redirect_to_another_address_was_not_accepted_and_is_not_followed(client, video_studio, fault):
    video_studio.fault(f"{fault}:/elsewhere/")
    with pytest.raises(Redirected):
        client.generate(LIGHTHOUSE)
    assert [call.path for call in video_studio.log] == ["/api/v1/video-studio/generate/"]


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (
            says(422, {"success": False, "error": "blocked by our content policy"}),
            InvalidRequest,
            "blocked by our",
        ),
        (
            says(403, {"error": "Prompt violates the content policy"}),
            Forbidden,
            "Prompt violates the content policy",
        ),
        (
            says(406, "Prompt is too rude", {"Content-Type": "text/plain"}),
            InvalidRequest,
            "Prompt is too rude",
        ),
        (
            says(410, "", {"Content-Type": "text/html"}),
            InvalidRequest,
            "refused this request without a reason",
        ),
        (says(200, {"code": 1301, "message": "The prompt is risky"}), InvalidRequest, "The prompt is risky"),
        (says(451, {"error": "No"}, {"Via": "1.1 varnish", "Server": "cloudflare"}), InvalidRequest, "No"),
    ],
)
def test_a_refusal_is_told_in_the_studios_own_words(client, video_studio, fault, kind, sentence):
    video_studio.fault(fault)
    with pytest.raises(kind, match=sentence) as refused:
        client.generate(LIGHTHOUSE)
    assert type(refused.value) is kind


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 502, 503])
def test_the_page_of_a_proxy_refuses_nothing_and_says_nothing_of_the_key(client, video_studio, status):
    video_studio.fault(page(status), on="")
    with pytest.raises(OutcomeUnknown, match=f"A proxy, not the Video Studio itself, answered {status}"):
        client.generate(LIGHTHOUSE)
    for read in (client.history, lambda: client.status("some-job")):
        video_studio.fault(page(status), times=3, on="GET")
        with pytest.raises(Unavailable):
            read()
        video_studio.forget_faults()


@pytest.mark.parametrize(
    "fault",
    [
        says(403, {"message": "Forbidden", "server": "envoy"}),
        says(404, "404: no backend, says Varnish", {"Content-Type": "text/plain"}),
    ],
)
def test_an_answer_that_names_a_proxy_refuses_nothing(client, video_studio, fault):
    video_studio.fault(fault)
    with pytest.raises(OutcomeUnknown):
        client.generate(LIGHTHOUSE)


def test_a_refusal_that_quotes_a_prompt_about_a_proxy_is_the_studios(client, video_studio):
    video_studio.fault(says(422, {"error": "“An envoy” is not allowed"}))
    with pytest.raises(InvalidRequest, match="is not allowed"):
        client.generate(LIGHTHOUSE.but(prompt="an envoy at dawn"))


def test_a_proxys_rate_limit_is_waited_for_all_the_same(client, video_studio):
    video_studio.fault(says(429, "<html>Too fast</html>", {"Retry-After": "7", "Content-Type": "text/html"}))
    with pytest.raises(RateLimited) as limited:
        client.generate(LIGHTHOUSE)
    assert limited.value.retry_after == 7


def test_the_jobs_id_is_followed_not_the_requests(client, video_studio):
    video_studio.fault("under-a-request")
    assert client.generate(LIGHTHOUSE).job_ids == (video_studio.account.jobs[-1].job_id,)


def test_a_reset_before_the_request_is_read_is_unknown(client, video_studio):
    video_studio.fault("reset-before-read")
    with pytest.raises(OutcomeUnknown):
        client.generate(LIGHTHOUSE)
    assert video_studio.log == []


@pytest.mark.parametrize("fault", ["drip", "drip-headers", "accept-then-hang"])
def test_no_answer_outlasts_the_deadline(client, video_studio, fault):
    video_studio.fault(fault)
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        client.generate(LIGHTHOUSE)
    assert time.monotonic() - began < 2


def test_a_refused_connection_is_not_sent(connect):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotSent, match="it refused the connection"):
        connect(f"http://127.0.0.1:{port}", "some-api-key").generate(LIGHTHOUSE)


def test_a_name_that_does_not_resolve_is_not_sent(connect):
    with pytest.raises(NotSent, match="its name could not be found"):
        connect("http://nowhere.invalid", "some-api-key").generate(LIGHTHOUSE)


def test_a_name_that_resolves_too_late_is_not_sent(connect, video_studio, monkeypatch):
    resolve = socket.getaddrinfo

    def late(*args, **kwargs):
        time.sleep(1.6)  # the system's resolver cannot be hurried: longer than the whole deadline
        return resolve(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", late)
    with pytest.raises(NotSent):
        connect(video_studio.url, video_studio.key).generate(LIGHTHOUSE)
    assert video_studio.log == []


def test_a_connection_that_is_not_answered_in_time_is_not_sent(connect):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, _filled(deaf), pytest.raises(NotSent):
        connect(f"http://127.0.0.1:{deaf.getsockname()[1]}", "some-api-key").generate(LIGHTHOUSE)


def test_a_failed_tls_handshake_is_not_sent(connect, video_studio):
    with pytest.raises(NotSent, match="certificate or encryption"):
        connect(video_studio.url.replace("http:", "https:"), "some-api-key").generate(LIGHTHOUSE)


def test_a_tls_handshake_that_hangs_is_not_sent(connect):
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(NotSent):
        connect(f"https://127.0.0.1:{mute.getsockname()[1]}", "some-api-key").generate(LIGHTHOUSE)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (GenerateRequest("veo31_fast", prompt="x", duration_seconds=7), InvalidRequest),
        (GenerateRequest("no_such_model", prompt="x"), NotFound),
    ],
)
def test_a_refusal_carries_the_upstreams_sentence(client, request_, kind):
    with pytest.raises(kind) as refused:
        client.generate(request_)
    assert refused.value.sentence


def test_too_few_credits_tell_both_figures(client, video_studio):
    video_studio.account.credits = 94
    with pytest.raises(InsufficientCredits) as refused:
        client.generate(LIGHTHOUSE)
    assert (refused.value.required, refused.value.available) == (100, 94)


@pytest.mark.parametrize(("fault", "kind"), [("401", KeyRefused), ("403", Forbidden)])
def test_a_403_is_about_a_request_and_on_a_read_about_the_key(client, video_studio, fault, kind):
    video_studio.fault(fault, on="")
    with pytest.raises(kind) as refused:
        client.generate(LIGHTHOUSE)
    assert type(refused.value) is kind
    video_studio.fault(fault, on="")
    with pytest.raises(KeyRefused):
        client.history()


@pytest.mark.parametrize(("wait", "seconds"), [("120", 120), ("99999999999999999999", 900), ("", None)])
def test_a_rate_limit_tells_how_long_to_wait_but_not_for_ever(client, video_studio, wait, seconds):
    video_studio.fault(f"429:{wait}")
    with pytest.raises(RateLimited) as limited:
        client.generate(LIGHTHOUSE)
    assert limited.value.retry_after == seconds
    assert video_studio.paid_posts == 0


def test_the_25th_post_within_an_hour_is_rate_limited(connect):
    with FakeStudio(posts_per_hour=1) as studio:
        client = connect(studio.url, studio.key)
        client.generate(LIGHTHOUSE)
        with pytest.raises(RateLimited):
            client.generate(LIGHTHOUSE)


NOW = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(days=3), usegmt=True), 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("9" * 400, LONGEST_WAIT),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Fri, 99 Feb 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header, seconds):
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize("fault", ["500", "503", "accept-then-reset", "429:0", "half-body"])
def test_a_read_that_fails_twice_is_tried_a_third_time(client, video_studio, fault):
    video_studio.fault(fault, times=2, on="GET")
    assert client.history().jobs == ()
    assert len(video_studio.calls("GET")) == 3


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("500", Unavailable),
        ("accept-then-reset", Unavailable),
        ("drip", Unavailable),
        ("html-200", Unavailable),
        ("307", Unavailable),
        ("429:0", RateLimited),
    ],
)
def test_a_read_that_keeps_failing_says_why(client, video_studio, fault, kind):
    video_studio.fault(fault, times=3, on="GET")
    with pytest.raises(kind):
        client.models()


def test_a_long_retry_after_is_left_to_the_caller(client, video_studio):
    video_studio.fault("429:60", on="GET")
    with pytest.raises(RateLimited) as limited:
        client.history()
    assert limited.value.retry_after == 60
    assert len(video_studio.calls("GET")) == 1


def test_a_job_that_is_not_known_there_is_not_found_and_cannot_leave_its_path(client, video_studio):
    with pytest.raises(NotFound):
        client.status("../history/?limit=1")
    assert video_studio.calls("GET", "/history/") == []


def test_an_answer_without_end_is_cut_off(client, video_studio):
    video_studio.account.models[0]["description"] = "x" * 9_000_000
    with pytest.raises(Unavailable):
        client.models()


def test_the_servers_clock_is_told_with_acceptance_and_history(client, video_studio):
    video_studio.account.skew = timedelta(minutes=10)
    expected = datetime.now(UTC) + timedelta(minutes=10)
    for answer in (client.generate(LIGHTHOUSE), client.history()):
        assert abs(answer.server_time - expected) < timedelta(seconds=5)


def test_reads_reuse_one_connection_and_posts_never_do(client, video_studio):
    with _counted_connections() as ports:
        client.history()
        client.models()
        assert len(ports) == 1
        client.generate(LIGHTHOUSE)
        client.generate(LIGHTHOUSE)
        assert len(ports) == 3


def test_a_base_url_with_a_path_keeps_it(connect, video_studio):
    with pytest.raises(Unavailable):
        connect(f"{video_studio.url}/behind/", video_studio.key).history()
    assert video_studio.log[-1].path == "/behind/api/v1/video-studio/history/"


@contextmanager
def _counted_connections() -> Iterator[list[int]]:
    ports: list[int] = []
    connect = socket.create_connection

    def counted(*args, **kwargs):
        made = connect(*args, **kwargs)
        ports.append(made.getsockname()[1])
        return made

    socket.create_connection = counted
    try:
        yield ports
    finally:
        socket.create_connection = connect


@contextmanager
def _filled(listener: socket.socket) -> Iterator[None]:
    """Fill a listener's queue, so that further connections are left without an answer."""
    waiting = [socket.socket() for _ in range(4)]
    try:
        for knock in waiting:
            knock.setblocking(False)
            knock.connect_ex(listener.getsockname())
        yield
    finally:
        for knock in waiting:
            knock.close()
