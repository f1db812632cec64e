"""Kept files over HTTP: whole, in parts, unchanged, to be saved; and never as a page of ours."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dashboard.media.file_part import FilePart
from dashboard.media.views import PLAYER_PART, PartResponse
from studio.jobs.visibility.links import result_url
from studio.library.kinds import shown_as
from tests.responses import Response

pytestmark = pytest.mark.django_db
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 8
CLIP = "clips/ab/abcdef.mp4"


OPEN: list[Response] = []


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    put(CLIP, MP4)
    yield
    while OPEN:
        OPEN.pop().close()  # as a web server does: an answer that nobody read still holds its file


def put(name: str, content: bytes) -> None:
    default_storage.save(name, ContentFile(content))


def fetch(client: Client, name: str = CLIP, query: str = "", **headers: str) -> Response:
    response = client.get(f"/media/{name}{query}", headers=headers)
    OPEN.append(response)
    return response


def body(response: Response) -> bytes:
    return response.getvalue()


def test_a_clip_comes_whole(as_member: Client) -> None:
    response = fetch(as_member)
    assert response.status_code == 200
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Length"] == str(len(MP4))
    assert response["Accept-Ranges"] == "bytes"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Content-Disposition" not in response
    assert body(response) == MP4


def test_a_file_larger_than_a_block_comes_whole(as_member: Client) -> None:
    put("clips/ab/long.mp4", MP4 * 100)
    assert len(MP4 * 100) > 2 * PartResponse.block_size
    assert body(fetch(as_member, "clips/ab/long.mp4")) == MP4 * 100


def test_a_clip_that_is_named_by_its_content_has_that_for_its_etag(as_member: Client) -> None:
    digest = hashlib.sha256(MP4).hexdigest()
    put(f"clips/ab/{digest}.mp4", MP4)
    assert fetch(as_member, f"clips/ab/{digest}.mp4")["ETag"] == f'"{digest}"'


def test_nothing_that_is_served_can_act_as_a_page(as_member: Client) -> None:
    response = fetch(as_member)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"%PDF-1.7"],
)
def test_fault_38_what_is_no_film_or_picture_is_only_saved(content: bytes, as_member: Client) -> None:
    put("clips/ab/evil.mp4", content)
    response = fetch(as_member, "clips/ab/evil.mp4")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="evil.mp4"'


@pytest.mark.parametrize(
    "page", [b"<html><script>alert(1)</script>", b"GIF89a/*<svg onload=alert(1)>*/", b"%PDF-1.7"]
)
def test_a_film_that_is_a_page_as_well_is_only_ever_a_film(page: bytes, as_member: Client) -> None:
    put("clips/ab/polyglot.mp4", MP4 + page)
    response = fetch(as_member, "clips/ab/polyglot.mp4", Accept="text/html")
    assert response["Content-Type"] == "video/mp4"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (MP4, "video/mp4"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "video/webm"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x1cftypavif", None),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"#EXTM3U", None),
        (b"\x1aE\xdf\xa3matroska", None),
        (b"", None),
    ],
)
def test_types_are_told_by_the_first_bytes(head: bytes, kind: str | None) -> None:
    assert shown_as(head) == kind


# ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────
@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(first=st.integers(0, len(MP4) + 9), length=st.integers(1, len(MP4)))
def test_a_part_is_the_same_bytes_as_in_the_whole(as_member: Client, first: int, length: int) -> None:
    last = first + length - 1
    response = fetch(as_member, Range=f"bytes={first}-{last}")
    if first >= len(MP4):
        assert response.status_code == 416
        assert response["Content-Range"] == f"bytes */{len(MP4)}"
        return
    expected = MP4[first : last + 1]
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(MP4)}"
    assert response["Content-Length"] == str(len(expected))
    assert body(response) == expected


LONG = "clips/ab/long.mp4"
SIZE = 3 * PLAYER_PART


@pytest.fixture
def long_film() -> bytes:
    content = (MP4 * (SIZE // len(MP4) + 1))[:SIZE]
    put(LONG, content)
    return content


@pytest.mark.parametrize(
    ("wanted", "first", "length"),
    [
        ("bytes=0-", 0, PLAYER_PART),
        ("bytes=7-", 7, PLAYER_PART),
        (f"bytes=7-{SIZE - 1}", 7, PLAYER_PART),
        (f"bytes=-{PLAYER_PART + 5}", SIZE - PLAYER_PART - 5, PLAYER_PART),
        ("bytes=0-99", 0, 100),
        (f"bytes={SIZE - 9}-", SIZE - 9, 9),
    ],
)
def test_a_player_gets_two_megabytes_of_a_range_at_most(
    as_member: Client, long_film: bytes, wanted: str, first: int, length: int
) -> None:
    response = fetch(as_member, LONG, Range=wanted)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{first + length - 1}/{SIZE}"
    assert response["Content-Length"] == str(length)
    assert body(response) == long_film[first : first + length]


def test_what_is_saved_or_fetched_by_a_result_url_comes_in_full(
    as_member: Client, client: Client, long_film: bytes
) -> None:
    """``curl -C -`` takes what it got for the rest of the file."""
    by_url = "?" + urlsplit(result_url(LONG)).query
    for who, query in ((as_member, "?download=film"), (as_member, "?download="), (client, by_url)):
        response = fetch(who, LONG, query, Range="bytes=7-")
        assert response["Content-Range"] == f"bytes 7-{SIZE - 1}/{SIZE}"
        assert body(response) == long_film[7:]
    assert body(fetch(as_member, LONG)) == long_film, "nor is a file cut of which no range was requested"


def test_the_web_server_can_send_a_part_itself(long_film: bytes, tmp_path: Path) -> None:
    with closing(FilePart(default_storage.open(LONG), range(7, 100))) as part:
        assert (part.name, part.tell(), part.fileno() > 0) == (str(tmp_path / LONG), 7, True)
        assert (part.read(90), part.read(90), part.read()) == (long_film[7:97], long_film[97:100], b"")


def test_the_end_of_a_film_can_be_asked_for(as_member: Client) -> None:
    response = fetch(as_member, Range="bytes=-10")
    assert response.status_code == 206
    assert body(response) == MP4[-10:]


def test_several_ranges_get_the_whole(as_member: Client) -> None:
    response = fetch(as_member, Range="bytes=0-1,5-6")
    assert response.status_code == 200
    assert body(response) == MP4


def test_a_part_of_another_version_is_not_mixed_in(as_member: Client) -> None:
    etag = fetch(as_member)["ETag"]
    assert fetch(as_member, Range="bytes=0-1", **{"If-Range": etag}).status_code == 206
    assert fetch(as_member, Range="bytes=0-1", **{"If-Range": '"other"'}).status_code == 200
    assert fetch(as_member, Range="bytes=0-1", **{"If-Range": f"W/{etag}"}).status_code == 200


# ── Unchanged, heads ─────────────────────────────────────────────────────────────────────────────────────
def test_what_the_browser_has_is_not_sent_again(as_member: Client) -> None:
    etag = fetch(as_member)["ETag"]
    assert etag.startswith('"'), "strong"
    response = fetch(as_member, **{"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == etag
    assert "immutable" in response["Cache-Control"]


def test_a_drawing_of_the_sandbox_is_asked_for_again_each_time(as_member: Client) -> None:
    put("sandbox/a.mp4", MP4)
    response = fetch(as_member, "sandbox/a.mp4")
    assert response["Cache-Control"] == "private, no-cache"
    default_storage.delete("sandbox/a.mp4")
    put("sandbox/a.mp4", MP4 + b"more")
    assert fetch(as_member, "sandbox/a.mp4")["ETag"] != response["ETag"]


def test_a_head_tells_the_size_and_sends_nothing(as_member: Client) -> None:
    response = as_member.head(f"/media/{CLIP}", headers={"Range": "bytes=0-1"})
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(MP4))
    assert response["Content-Type"] == "video/mp4"


# ── Saving ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("asked", "saved"),
    [
        ("a-lighthouse-12.mp4", 'filename="a-lighthouse-12.mp4"'),
        ("lighthouse", 'filename="lighthouse.mp4"'),
        ("..%2F..%2Fetc%2Fpasswd", 'filename="etc-passwd.mp4"'),
        ("a%22%0d%0aX-Evil: 1", 'filename="a-X-Evil- 1.mp4"'),
        ("evil.html", 'filename="evil.html.mp4"'),
        ("caf%C3%A9", "filename*=utf-8''caf%C3%A9.mp4"),
        ("%2F", 'filename="clip.mp4"'),
    ],
)
def test_a_download_has_the_name_that_was_asked_for(asked: str, saved: str, as_member: Client) -> None:
    response = fetch(as_member, query=f"?download={asked}")
    assert response["Content-Disposition"] == f"attachment; {saved}"
    assert "X-Evil" not in response.headers


# ── No access ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "name",
    [
        "clips/none.mp4",
        "clips",
        "clips/ab",
        "secret_key",
        "other/a.mp4",
        "clips/../secret_key",
        "clips/%2e%2e/secret_key",
        "clips/..%5csecret_key",
        "clips//ab/abcdef.mp4",
        "clips/ab/.hidden",
        "clips/ab/abcdef.mp4%00.jpg",
        "clips/" + "a" * 400,
    ],
)
def test_only_files_below_the_two_folders_are_found(name: str, as_member: Client, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("secret")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.mp4").write_bytes(MP4)
    (tmp_path / "clips/ab/.hidden").write_bytes(MP4)
    assert fetch(as_member, name).status_code == 404


def test_files_are_for_members_and_read_only(client: Client, as_member: Client) -> None:
    assert client.get(f"/media/{CLIP}").headers["Location"].startswith("/accounts/login/")
    assert as_member.post(f"/media/{CLIP}").status_code == 405


def result_query() -> str:
    return "?" + urlsplit(result_url(CLIP)).query


def test_a_result_url_opens_without_a_session_until_it_has_run_out(client: Client) -> None:
    query = result_query()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=23)):
        response = fetch(client, query=query)
        assert body(response) == MP4
        assert response["Cache-Control"] == "private, no-cache"
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin", "pages of other tools may show it"
        assert fetch(client, query=query, Range="bytes=0-1").status_code == 206
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=26)):
        closed = fetch(client, query=query)
        assert closed.status_code == 403, "a page of sign-in would be saved as the clip"
        assert "has expired" in closed.text
        assert closed["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        ("until=", "until=9"),
        ("until=", "until=%C2%B2"),
        ("until=", "until=-"),
        ("until=", "until=" + "9" * 5000),
        ("until=", "before="),
        ("signature=", "signature=x"),
        ("signature=", "signature=%F0%9F%8E%AC"),
        ("signature=", "signature=%00"),
    ],
)
def test_a_result_url_that_was_changed_opens_nothing(client: Client, told: str, instead: str) -> None:
    assert fetch(client, query=result_query().replace(told, instead)).status_code == 403


@pytest.mark.parametrize(
    "name",
    ["clips/cd/other.mp4", "clips/ab/abcdef-poster.jpg", "clips/ab/../ab/abcdef.mp4", "clips/ab//abcdef.mp4",
     "clips/ab/%2e%2e/ab/abcdef.mp4", "clips/ab/abcdef.mp4/", "clips/ab/ABCDEF.mp4", "uploads/abcdef.mp4"],
)  # fmt: skip
def test_a_result_url_opens_its_own_file_alone(client: Client, name: str) -> None:
    put("clips/cd/other.mp4", MP4)
    put("clips/ab/abcdef-poster.jpg", MP4)
    assert fetch(client, name, result_query()).status_code == 403


def test_a_person_with_a_result_url_that_has_run_out_signs_in_and_sees_it(
    client: Client, as_member: Client
) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    query = result_query().replace("until=", "until=1")
    led = fetch(client, query=query, **browser)
    assert (led.status_code, led["Location"][:22]) == (302, "/accounts/login/?next=")
    assert "Accept" in led["Vary"]
    assert body(fetch(as_member, query=query, **browser)) == MP4
