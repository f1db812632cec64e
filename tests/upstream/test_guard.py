"""The guarded fetch over real sockets: what it will not ask, and what it never leaves behind."""

import errno
import hashlib
import socket
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.upstream import guard
from studio.upstream.addresses import is_public
from studio.upstream.guard import Blocked, Gone, TooLarge, Unreachable
from tests.upstream.server import CLIP, FakeStudio

MEDIA = "/media/clip.mp4"


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """Where to fetch to. A test that leaves no whole file must leave no other either."""
    path = tmp_path / "clip.mp4"
    yield path
    assert list(tmp_path.iterdir()) in ([], [path])


def fetch(url: str, into: Path, *private_hosts: str, max_bytes: int = 1_000_000, deadline: float = 2.0):
    return guard.fetch(url, into, max_bytes=max_bytes, deadline=deadline, private_hosts=private_hosts)


def test_a_file_arrives_whole_with_its_size_and_digest(video_studio, target):
    fetched = fetch(video_studio.url + MEDIA, target, video_studio.host)
    clip = CLIP.read_bytes()
    assert target.read_bytes() == clip
    assert (fetched.path, fetched.content_type, fetched.size) == (target, "video/mp4", len(clip))
    assert fetched.sha256 == hashlib.sha256(clip).hexdigest()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "0177.0x0.1", "127.1", "0",
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]",
        "169.254.169.254", "①②⑦.0.0.1", "127。0。0。1", "[fe80::1]",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_asked(video_studio, target, host):
    port = video_studio.host.rpartition(":")[2]
    with pytest.raises(Blocked):
        fetch(f"http://{host}:{port}{MEDIA}", target)
    assert video_studio.log == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/clip.mp4", "gopher://127.0.0.1/", "//example.com/clip.mp4",
        "clip.mp4", "", "http://", "http:///clip.mp4", "http://[::1", "http://user:pass@127.0.0.1/clip.mp4",
        "http://user@127.0.0.1/clip.mp4", "http://exa mple.com/", "http://a.example:99999/", "http://a\0b/",
        "http://" + "a" * 70 + ".example/", "javascript:alert(1)", "data:text/plain,x",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_not_fetched(target, url):
    with pytest.raises((Blocked, Unreachable)):
        fetch(url, target)


def test_a_private_host_is_fetched_from_only_on_the_port_that_was_named(video_studio, target):
    with pytest.raises(Blocked):
        fetch(video_studio.url + MEDIA, target, "127.0.0.1:1")
    fetch(video_studio.url + MEDIA, target, "127.0.0.1")
    assert target.exists()


def test_a_redirect_to_a_private_address_is_blocked(video_studio, target, redirect):
    with FakeStudio() as other:
        for place in ("http://169.254.169.254/latest/meta-data/", other.url + MEDIA, "file:///etc/passwd"):
            redirect(place)
            with pytest.raises(Blocked):
                fetch(video_studio.url + MEDIA, target, video_studio.host)
        assert other.log == []


def test_a_redirect_to_an_allowed_host_is_followed_without_the_headers(video_studio, target, redirect):
    with FakeStudio() as other:
        redirect(other.url + MEDIA)
        guard.fetch(
            video_studio.url + MEDIA,
            target,
            max_bytes=10_000,
            deadline=2,
            private_hosts=["127.0.0.1"],
            headers={"Authorization": "Token x"},
        )
        assert [call.auth for call in video_studio.log] == ["Token x"]
        assert [call.auth for call in other.log] == [""]
    assert target.read_bytes() == CLIP.read_bytes()


@pytest.mark.parametrize(
    "place",
    [
        "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/", "http://2852039166/",
        "http://0xa9fea9fe/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2600::5efe:a9fe:a9fe]/",
        "http://user:pass@169.254.169.254/", "//169.254.169.254/",
    ],
)  # fmt: skip
def test_fault_32_no_redirect_leads_to_the_metadata_service(video_studio, target, redirect, place):
    redirect(place)
    with pytest.raises(Blocked):
        fetch(video_studio.url + MEDIA, target, video_studio.host)


def test_fault_32_a_name_that_is_bound_anew_between_two_redirects_is_blocked(
    video_studio, target, redirect, monkeypatch
):
    """The first look-up of the name is harmless; the one for the redirect to itself is not."""
    port = int(video_studio.host.rpartition(":")[2])
    answers = iter(["127.0.0.1", "169.254.169.254"])
    real = socket.getaddrinfo

    def rebinding(host, *args, **kwargs):
        if host != "rebinding.example":
            return real(host, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1" or is_public(address))
    redirect(MEDIA)
    with pytest.raises(Blocked):
        fetch(f"http://rebinding.example:{port}{MEDIA}", target)
    assert len(video_studio.log) == 1


@pytest.mark.parametrize("port", [22, 25, 445, 1])
def test_ports_of_mail_files_and_shells_are_not_asked(target, port):
    with pytest.raises(Blocked, match=f"port {port}"):
        fetch(f"http://1.1.1.1:{port}/clip.mp4", target)


@pytest.mark.parametrize(
    "coding",
    [
        "gzip",
        "gzip-twice",
        "gzip-in-name",
        "deflate",
        "aws-chunked",
        "aws-chunked-gzip",
        "binary",
        "206-of-all",
    ],
)
def test_a_whole_file_is_taken_under_whatever_headers_it_comes(video_studio, target, coding):
    video_studio.fault(coding, on="GET /media/")
    fetched = fetch(video_studio.url + MEDIA, target, video_studio.host)
    assert target.read_bytes() == CLIP.read_bytes()
    assert fetched.sha256 == hashlib.sha256(CLIP.read_bytes()).hexdigest()


def test_a_packing_that_cannot_be_undone_is_named(video_studio, target):
    video_studio.fault("br", on="GET /media/")
    with pytest.raises(Unreachable, match="compressed with br"):
        fetch(video_studio.url + MEDIA, target, video_studio.host)


def test_a_small_answer_that_unpacks_to_a_large_file_is_dropped(video_studio, target):
    video_studio.fault("gzip-bomb", on="GET /media/")
    with pytest.raises(TooLarge):
        fetch(video_studio.url + MEDIA, target, video_studio.host)


def test_fault_31_a_file_that_the_disk_has_no_room_for_is_not_begun(video_studio, target, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(guard.shutil, "disk_usage", lambda folder: usage(10, 0, 10))
    with pytest.raises(OSError, match="No space left") as full:
        fetch(video_studio.url + MEDIA, target, video_studio.host)
    assert full.value.errno == errno.ENOSPC


def test_the_key_of_the_api_never_goes_along(video_studio, target, redirect):
    redirect("/media/elsewhere.mp4")
    fetch(video_studio.url + MEDIA, target, video_studio.host)
    assert [call.auth for call in video_studio.log] == ["", ""]


def test_redirects_end_after_five(video_studio, target, redirect):
    redirect(MEDIA, times=6)
    with pytest.raises(Unreachable):
        fetch(video_studio.url + MEDIA, target, video_studio.host)
    assert len(video_studio.log) == 6


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(video_studio, target, monkeypatch):
    asked = []
    real, port = socket.getaddrinfo, int(video_studio.host.rpartition(":")[2])

    def rebinding(host, *args, **kwargs):
        if host != "rebinding.example":
            return real(host, *args, **kwargs)
        asked.append(host)
        address = "192.0.2.1" if len(asked) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    fetch(f"http://rebinding.example:{port}{MEDIA}", target, "rebinding.example")
    assert asked == ["rebinding.example"]  # one look-up: the address that was checked is the one in use
    assert len(video_studio.log) == 1


def test_a_name_with_one_private_address_among_public_ones_is_blocked(video_studio, target, monkeypatch):
    port = int(video_studio.host.rpartition(":")[2])
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("1.1.1.1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(Blocked):
        fetch(f"http://two-faced.example:{port}{MEDIA}", target)
    assert video_studio.log == []


def test_a_connection_that_ends_up_elsewhere_is_dropped_before_a_byte_is_sent(
    video_studio, target, monkeypatch
):
    """As with a proxy below us, or a route rewritten on this machine."""
    port = int(video_studio.host.rpartition(":")[2])
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda _, *a, **kw: connect(("127.0.0.1", port), *a, **kw)
    )
    with pytest.raises(Blocked):
        fetch(f"http://1.1.1.1:{port}{MEDIA}", target)
    assert video_studio.log == []


def test_the_environments_proxy_is_not_used(video_studio, target, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", video_studio.url)
    monkeypatch.setenv("ALL_PROXY", video_studio.url)
    with pytest.raises(Blocked):
        fetch("http://169.254.169.254/", target)
    assert video_studio.log == []


def test_a_file_that_is_announced_as_too_large_is_not_read(video_studio, target):
    with pytest.raises(TooLarge) as refused:
        fetch(video_studio.url + MEDIA, target, video_studio.host, max_bytes=2_000)
    assert "0.002 MB" in refused.value.sentence


def test_a_file_that_grows_too_large_is_dropped(video_studio, target):
    video_studio.fault("endless", on="GET /media/")
    with pytest.raises(TooLarge):
        fetch(video_studio.url + MEDIA, target, video_studio.host, max_bytes=50_000)


@pytest.mark.parametrize("fault", ["drip", "drip-headers", "accept-then-hang"])
def test_a_file_that_drips_ends_with_the_deadline(video_studio, target, fault):
    video_studio.fault(fault, on="GET /media/")
    began = time.monotonic()
    with pytest.raises(Unreachable):
        fetch(video_studio.url + MEDIA, target, video_studio.host, deadline=0.4)
    assert time.monotonic() - began < 10  # a byte comes every 20 ms


@pytest.mark.parametrize(
    "fault",
    [
        *("half-body", "accept-then-reset", "reset-before-read", "500", "204", "206"),
        *("206-of-half", "206-of-unknown", "gzip-cut"),
    ],
)
def test_a_file_that_is_not_whole_leaves_nothing(video_studio, target, fault):
    video_studio.fault(fault, on="GET /media/")
    with pytest.raises(Unreachable):
        fetch(video_studio.url + MEDIA, target, video_studio.host)
    assert not target.exists()


def test_a_failed_fetch_leaves_the_file_that_was_there(video_studio, target):
    target.write_bytes(b"the clip of yesterday")
    video_studio.fault("half-body", on="GET /media/")
    with pytest.raises(Unreachable):
        fetch(video_studio.url + MEDIA, target, video_studio.host)
    assert target.read_bytes() == b"the clip of yesterday"


@pytest.mark.parametrize("fault", ["403", "404", "410"])
def test_a_file_that_is_no_longer_there_is_gone(video_studio, target, fault):
    video_studio.fault(fault, on="GET /media/")
    with pytest.raises(Gone):
        fetch(video_studio.url + MEDIA, target, video_studio.host)


def test_a_closed_port_is_unreachable(target):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable):
        fetch(f"http://127.0.0.1:{port}/", target, "127.0.0.1")


@pytest.fixture
def redirect(video_studio: FakeStudio):
    """``redirect(place, times=1)``: the next requests for media are answered with 302 to ``place``."""

    def to(place: str, times: int = 1) -> None:
        video_studio.fault(f"302:{place}", times, on="GET /media/")

    return to
