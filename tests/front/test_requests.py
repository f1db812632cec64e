"""What the application gets to see of a request, and what it never sees."""

from base64 import b64encode
from hashlib import sha256

import pytest

from studio.front.bodies import FREE
from tests.front.conftest import Server
from tests.front.limits import SIGNED_IN
from tests.front.sockets import Answer, ask, connect, get, read, request
from tests.worker.processes import wait_for

CHUNKED = {"Transfer_Encoding": "chunked", "Content_Length": ""}
FORM = "application/x-www-form-urlencoded"


def echoed(server: Server, sent: bytes) -> dict[str, str]:
    answer = ask(server.port, sent)
    assert answer.status == 200, answer
    return answer.json()


def test_the_environ_is_that_of_pep_3333(server: Server) -> None:
    sent = request("POST", "/a%20b/%C3%A9/c%2Fd?x=%20y&z", b"hello", Content_Type="text/plain", X_One="1")
    found = echoed(server, sent)
    assert found["PATH_INFO"] == "/a b/é/c/d".encode().decode("latin-1")
    assert (found["SCRIPT_NAME"], found["QUERY_STRING"]) == ("", "x=%20y&z")
    assert (found["REQUEST_METHOD"], found["SERVER_PROTOCOL"]) == ("POST", "HTTP/1.1")
    assert (found["REMOTE_ADDR"], found["SERVER_NAME"]) == ("127.0.0.1", "127.0.0.1")
    assert found["SERVER_PORT"] == str(server.port)
    assert (found["HTTP_HOST"], found["HTTP_X_ONE"]) == ("localhost", "1")
    assert (found["CONTENT_TYPE"], found["CONTENT_LENGTH"], found["body"]) == ("text/plain", "5", "hello")
    assert found["wsgi.url_scheme"] == "http"
    assert "HTTP_CONTENT_TYPE" not in found


def test_equal_headers_are_joined_and_cookies_as_cookies(server: Server) -> None:
    lines = b"Cookie: a=1\r\nX-Forwarded-For: 192.0.2.1\r\nCookie: b=2\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n"
    found = echoed(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + lines)
    assert found["HTTP_COOKIE"] == "a=1; b=2"
    assert found["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"


def test_a_header_with_an_underscore_does_not_pass_for_the_one_of_a_proxy(server: Server) -> None:
    found = echoed(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX_Forwarded_For: 192.0.2.1\r\n\r\n")
    assert "HTTP_X_FORWARDED_FOR" not in found


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil:80/ HTTP/1.1\r\nHost: evil\r\n\r\n",
        b"GET http://evil/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n",
    ],
)
def test_an_address_of_another_host_is_refused(server: Server, head: bytes) -> None:
    assert ask(server.port, head).status == 400
    assert server.called == []


def test_an_absolute_address_of_the_same_host_is_like_any(server: Server) -> None:
    found = echoed(server, b"GET http://LOCALHOST/a?b HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (found["PATH_INFO"], found["QUERY_STRING"]) == ("/a", "b")


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_body_in_chunks_has_a_length_for_the_application(server: Server) -> None:
    body = b'5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n'
    found = echoed(server, request("POST", "/", body, **CHUNKED, Content_Type="application/json"))
    assert (found["body"], found["CONTENT_LENGTH"]) == ('{"a": 1}', "8")
    assert "HTTP_TRANSFER_ENCODING" not in found


@pytest.mark.parametrize(
    "kind", [FORM, "multipart/form-data; boundary=x", " Application/X-WWW-Form-Urlencoded"]
)
def test_a_form_in_chunks_is_refused_because_half_of_it_would_look_whole(server: Server, kind: str) -> None:
    answer = ask(server.port, request("POST", "/", b"3\r\na=b\r\n0\r\n\r\n", **CHUNKED, Content_Type=kind))
    assert (answer.status, server.called) == (411, [])


def test_a_request_whose_client_left_halfway_is_not_carried_out(server: Server) -> None:
    for _ in range(5):
        connect(server.port, request("POST", "/half", b"a=1", Content_Length="10")).close()
    assert get(server.port, "/after").status == 200
    assert server.called == ["GET /after"]


def test_what_could_be_two_requests_is_one_and_the_connection_ends(server: Server) -> None:
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    sent = request("POST", "/", hidden, Transfer_Encoding="chunked", Content_Type="application/json")
    answer = ask(server.port, sent)
    assert answer.closed
    assert "GET /hidden" not in server.called


@pytest.mark.parametrize(
    "header", [{"Content_Length": "-1"}, {"Content_Length": "1,2"}, {"Transfer_Encoding": "x"}]
)
def test_a_length_that_makes_no_sense_is_refused(server: Server, header: dict[str, str]) -> None:
    assert ask(server.port, request("POST", "/", b"", **header)).status == 400
    assert server.called == []


def test_a_large_body_needs_somebody_who_vouches_for_it(server: Server) -> None:
    small, large = b"x" * FREE, b"x" * SIGNED_IN
    assert echoed(server, request("POST", "/", small))["body"] == small.decode()
    assert echoed(server, request("POST", "/", large, Cookie="signed-in"))["body"] == large.decode()
    server.forget()
    for refused in (request("POST", "/", large), request("POST", "/", large + b"x", Cookie="signed-in")):
        answer = ask(server.port, refused)
        assert (answer.status, answer.closed) == (413, True)
        assert b"too large" in answer.body
    assert server.called == []


def test_a_large_body_in_chunks_is_refused_where_it_becomes_too_large(server: Server) -> None:
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    sent = request("POST", "/", chunk * 5 + b"0\r\n\r\n", **CHUNKED, Content_Type="application/json")
    assert ask(server.port, sent).status == 413
    assert server.called == []


def test_a_client_that_asks_first_is_refused_before_it_sends(server: Server) -> None:
    large = request("POST", "/", Content_Length=str(10**9), Expect="100-continue")
    assert ask(server.port, large).status == 413
    with connect(server.port, request("POST", "/", Content_Length="2", Expect="100-continue")) as client:
        assert read(client).status == 100
        client.sendall(b"ab")
        assert read(client).json()["body"] == "ab"


def refused(server: Server, path: str) -> Answer:
    return ask(server.port, request("POST", path, Content_Length=str(10**9)))


def test_a_refusal_is_a_page_or_json_below_the_api(server: Server) -> None:
    page, answer = refused(server, "/upload"), refused(server, "/api/v1/x/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<h1>Too large</h1>" in page.body
    assert b"Go back in your browser: your entries are still there." in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert answer.json() == {"success": False, "error": answer.json()["error"]}
    assert "too large" in answer.json()["error"]


def test_the_page_of_a_refusal_may_use_its_own_style_and_nothing_else(server: Server) -> None:
    page = refused(server, "/upload")
    style = page.body.partition(b"<style>")[2].partition(b"</style>")[0]
    digest = b64encode(sha256(style).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
    assert b"src=" not in page.body


# ── Slow ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_half_sent_bodies_hold_nobody_up_and_are_ended(server: Server) -> None:
    half = request("POST", "/login", b"ab", Content_Length="1000")
    with (
        connect(server.port) as client,
        connect(server.port, half) as first,
    ):
        others = [connect(server.port, half) for _ in range(199)]
        client.sendall(request("GET", "/page"))
        assert read(client).status == 200
        ended = [read(other) for other in (first, *others)]
        for other in others:
            other.close()
    assert {answer.status for answer in ended} == {408}
    assert b"too long" in ended[0].body
    assert server.called == ["GET /page"]


def test_a_body_that_drips_is_ended_too(server: Server) -> None:
    with connect(server.port, request("POST", "/", Content_Length="1000")) as client:
        client.settimeout(0.05)

        def drip() -> bool:
            client.sendall(b"x")
            try:
                return client.recv(20).startswith(b"HTTP/1.1 408")
            except TimeoutError:
                return False

        wait_for(drip, "the refusal", 20)
    assert server.called == []


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: y"])
def test_a_client_that_sends_no_complete_head_is_cut_off(server: Server, sent: bytes) -> None:
    others = [connect(server.port, sent) for _ in range(100)]
    assert get(server.port, "/page").status == 200
    for other in others:
        assert read(other).status in (0, 408)
        other.close()


def test_a_kept_connection_that_asks_nothing_is_closed(server: Server) -> None:
    with connect(server.port, request("GET", "/page")) as client:
        assert read(client).status == 200
        assert client.recv(1) == b""
