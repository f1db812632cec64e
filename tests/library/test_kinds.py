"""What a file is, by its first bytes; and what is plainly no clip."""

import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from studio.library.archive import keep
from studio.library.errors import CannotCopy
from studio.library.extras import Looked, look
from studio.library.kinds import is_text, is_web_page, media_type, shown_as


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def kept(content: bytes) -> Looked:
    """What is found out of a file that is kept."""
    default_storage.save("sandbox/file", ContentFile(content))
    file = keep("/media/sandbox/file")
    assert Path(default_storage.path(file.clip)).read_bytes() == content
    return look(file.clip, file.sha256)


def a_picture(kind: str, size: tuple[int, int] = (640, 360), **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "ending"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif")]
)
def test_a_still_picture_is_kept_as_one_with_a_poster_and_no_length(kind, ending):
    file = kept(a_picture(kind))
    assert (file.kind, file.width, file.height, file.seconds) == ("image", 640, 360, None)
    assert default_storage.exists(file.poster.replace("-poster.jpg", ending))
    assert file.poster.endswith("-poster.jpg")
    assert (file.preview, default_storage.exists(file.thumb)) == ("", True)


def test_a_picture_that_is_cut_short_is_not_kept():
    with pytest.raises(CannotCopy, match="incomplete"):
        kept(a_picture("PNG", (300, 300))[:-40])


def test_a_picture_turned_by_its_camera_is_measured_upright():
    turned = Image.Exif()
    turned[0x0112] = 6
    file = kept(a_picture("JPEG", exif=turned))
    assert (file.width, file.height) == (360, 640)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"PK\x03\x04" + bytes(900), "ZIP archive"),
        (b"\0\0\0\x1cftypavif" + bytes(90), "AVIF picture"),
        (b"%PDF-1.7\n" + bytes(90), "PDF document"),
        (bytes(40), ""),
    ],
)
def test_what_no_browser_shows_is_kept_to_be_saved(content, name):
    file = kept(content)
    assert (file.kind, file.media_type, file.format) == ("other", "application/octet-stream", name)


HLS = b"#EXTM3U\n#EXT-X-VERSION:3\n" + b"".join(
    b"#EXTINF:4.0,\nhttps://cdn.example.com/part-%03d.ts\n" % part for part in range(60)
)
DASH = b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">' + b"<Period/>" * 400 + b"</MPD>"


@pytest.mark.parametrize("playlist", [HLS, b"\xef\xbb\xbf" + HLS, HLS * 40, HLS[:60], DASH])
def test_a_playlist_is_no_kept_copy_however_long_it_is(playlist, tmp_path):
    with pytest.raises(CannotCopy, match="sent a playlist, not a film"):
        kept(playlist)
    assert not (tmp_path / "clips").exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "an empty file"),
        (b" \n<!DOCTYPE html><p>Sign in</p>", "a web page"),
        (b"\xef\xbb\xbf<html>", "a web page"),
        (b"<?xml version='1.0'?><html xmlns='x'/>", "a web page"),
        (b'{"error": "expired"}', "a text"),
        (b'{"error": "%s"}' % (b"expired " * 500), "a text"),
    ],
)
def test_fault_38_what_is_plainly_no_clip_is_refused_with_its_name(content, what, tmp_path):
    with pytest.raises(CannotCopy, match=what):
        kept(content)
    assert not (tmp_path / "clips").exists()


def test_films_that_browsers_do_not_play_are_only_saved():
    assert media_type(b"\0\0\0\x14ftypqt  ") == "video/quicktime"
    assert media_type(b"\x1aE\xdf\xa3\x93matroska") == "video/x-matroska"
    assert shown_as(b"\0\0\0\x14ftypqt  ") is shown_as(b"\x1aE\xdf\xa3\x93matroska") is None


def test_a_drawing_is_neither_a_page_nor_a_text():
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    assert not is_web_page(svg)
    assert not is_text(svg)
