"""``manage.py up``, without a proxy, among visitors who send slowly, read slowly, or send too much."""

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import tables
from tests.front.sockets import ask, connect, get, held, read, request, slowest
from tests.installation import Installation
from tests.must import must

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]
MP4 = b"\x00\x00\x00\x18ftypisom"
FILM = "/media/clips/ab/film.mp4"
SIZE = 68 * 2**20
PATIENT = 10.0  # seconds for any page on a busy machine; before, none came until the slow clients had left
HALF = request("POST", "/accounts/login/", b"ab", Content_Length="1000")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("home")
    film = folder / "media/clips/ab/film.mp4"
    film.parent.mkdir(parents=True)
    with film.open("wb") as file:
        file.write(MP4)
        file.truncate(SIZE)
    with Installation(tables.install_in(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def cookie(home: Installation) -> str:
    answer = get(home.port, home.link.removeprefix(home.url))
    return must(re.match(r"[^;]+", answer.headers["set-cookie"]))[0]


def test_half_sent_forms_stop_no_page(home: Installation) -> None:
    with held(home.port, 200, HALF) as clients:
        assert slowest(home.port, "/accounts/login/") < PATIENT
        assert slowest(home.port, "/healthz") < PATIENT
        assert read(clients[0]).status == 408


def test_paused_players_and_downloads_stop_no_page(home: Installation, cookie: str) -> None:
    with ExitStack() as stack:
        for number in range(40):
            path = FILM if number % 2 else f"{FILM}?download=film"
            asked = request("GET", path, Cookie=cookie, Range="bytes=0-")
            client = stack.enter_context(connect(home.port, asked, receives=4096))
            assert client.recv(12) == b"HTTP/1.1 206"
        assert slowest(home.port, "/accounts/login/") < PATIENT
        assert slowest(home.port, "/health/live") < PATIENT


def test_a_player_gets_parts_and_a_download_all_of_the_rest(home: Installation, cookie: str) -> None:
    part = get(home.port, FILM, Cookie=cookie, Range="bytes=5-")
    assert part.headers["content-range"] == f"bytes 5-{5 + 2**21 - 1}/{SIZE}"
    assert part.body == MP4[5:] + bytes(2**21 - len(MP4) + 5)
    rest = get(home.port, f"{FILM}?download=film", Cookie=cookie, Range=f"bytes={SIZE - 2**23}-")
    assert (rest.status, len(rest.body)) == (206, 2**23)


def test_a_static_file_comes_whole_and_in_parts(home: Installation) -> None:
    page = get(home.port, "/accounts/login/").body.decode()
    address = must(re.search(r'href="(/static/[^"]+\.css)"', page))[1]
    whole = get(home.port, address)
    assert whole.headers["content-type"].startswith("text/css")
    part = get(home.port, address, Range="bytes=10-19")
    assert (part.status, part.body) == (206, whole.body[10:20])
    head = ask(home.port, request("HEAD", address), head=True)
    assert head.headers["content-length"] == str(len(whole.body))


def multipart(size: int) -> dict[str, str]:
    return {"Content_Type": "multipart/form-data; boundary=x", "Content_Length": str(size)}


FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'


@pytest.mark.parametrize("session", ["", "dailies_session_{port}=invented"])
def test_a_large_form_before_sign_in_is_refused_early(home: Installation, session: str) -> None:
    sent = request(
        "POST", "/accounts/login/", b"", Cookie=session.format(port=home.port), **multipart(290 * 2**20)
    )
    answer = ask(home.port, sent + FILE)
    assert (answer.status, b"too large" in answer.body) == (413, True)


def test_a_member_may_send_a_larger_form_and_no_film(home: Installation, cookie: str) -> None:
    form = FILE + b"x" * 500_000 + b"\r\n--x--\r\n"
    answer = ask(home.port, request("POST", "/profile/", form, Cookie=cookie, **multipart(len(form))))
    assert answer.status == 403, "it was read, and holds no CSRF token"
    assert ask(home.port, request("POST", "/profile/", b"", Cookie=cookie, **multipart(2**21))).status == 413


def test_json_in_chunks_reaches_the_api_and_a_large_one_does_not(home: Installation) -> None:
    address = "/api/v1/video-studio/generate/"
    chunked = {"Transfer_Encoding": "chunked", "Content_Length": "", "Content_Type": "application/json"}
    assert ask(home.port, request("POST", address, b"2\r\n{}\r\n0\r\n\r\n", **chunked)).status in (401, 404)
    large = ask(home.port, request("POST", address, Content_Length="9000000", Authorization="Bearer x"))
    assert (large.status, large.json()["success"]) == (413, False)


def test_an_address_of_another_host_is_refused(home: Installation) -> None:
    host = f"Host: 127.0.0.1:{home.port}\r\n\r\n".encode()
    assert ask(home.port, b"GET http://evil.example/accounts/login/ HTTP/1.1\r\n" + host).status == 400
    own = f"GET http://127.0.0.1:{home.port}/accounts/login/ HTTP/1.1\r\n".encode()
    assert ask(home.port, own + host).status == 200


def test_few_file_descriptors_are_no_reason_to_stop_for_good(tmp_path: Path) -> None:
    command = ["bash", "-c", f"ulimit -n 64; exec {sys.executable} manage.py up"]
    with Installation(tables.install_in(tmp_path), command=command) as home:
        with ExitStack() as stack:
            for _ in range(120):
                stack.enter_context(connect(home.port, b"GET / HT"))
        assert get(home.port, "/accounts/login/").status == 200
