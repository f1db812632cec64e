"""Keeping clips: whole films only, named by their content, from our own storage or from outside."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from studio.library.archive import keep
from studio.library.errors import CannotCopy
from studio.library.fetch import fetch, own_media_name
from tests.upstream.fixtures import video_studio  # noqa: F401
from tests.upstream.server import CLIP, FakeStudio


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def clip_at_the_studio(settings, video_studio: FakeStudio) -> str:  # noqa: F811
    settings.STUDIO_BASE_URL = video_studio.url
    return f"{video_studio.url}/media/clip.mp4"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_clip_of_the_studio_is_kept_as_it_came(clip_at_the_studio, media):
    kept = keep(clip_at_the_studio)
    assert (kept.kind, kept.media_type, kept.size) == ("video", "video/mp4", CLIP.stat().st_size)
    assert files(media) == [kept.clip]
    assert (media / kept.clip).read_bytes() == CLIP.read_bytes()


def test_the_same_bytes_are_kept_once(clip_at_the_studio, media):
    assert keep(clip_at_the_studio) == keep(clip_at_the_studio)
    assert len(files(media)) == 1


def test_our_own_media_are_read_from_storage(media):
    default_storage.save("sandbox/one.mp4", ContentFile(CLIP.read_bytes()))
    kept = keep("/media/sandbox/one.mp4")
    assert (media / kept.clip).read_bytes() == CLIP.read_bytes()


@pytest.mark.parametrize(
    "coding", ["aws-chunked", "binary", "gzip", "gzip-in-name", "206-of-all"], ids=lambda name: name
)
def test_whatever_headers_a_whole_clip_comes_under_it_is_kept(
    coding,
    clip_at_the_studio,
    video_studio: FakeStudio,  # noqa: F811
    media,
):
    video_studio.fault(coding, on="GET /media/")
    assert (media / keep(clip_at_the_studio).clip).read_bytes() == CLIP.read_bytes()


@pytest.mark.parametrize("coding", ["206-of-half", "gzip-cut", "br"])
def test_a_part_of_a_clip_and_one_that_cannot_be_unpacked_are_no_copy(
    coding,
    clip_at_the_studio,
    video_studio: FakeStudio,  # noqa: F811
    media,
):
    video_studio.fault(coding, on="GET /media/")
    with pytest.raises(CannotCopy):
        keep(clip_at_the_studio)
    assert files(media) == []


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", CLIP.read_bytes()[:1500]])
def test_what_is_no_whole_film_is_not_kept(media, content):
    default_storage.save("sandbox/odd.mp4", ContentFile(content))
    with pytest.raises(CannotCopy) as refused:
        keep("/media/sandbox/odd.mp4")
    assert refused.value.sentence.endswith(".")
    assert files(media) == ["sandbox/odd.mp4"]


def test_an_address_that_is_gone_says_so(clip_at_the_studio, video_studio: FakeStudio, tmp_path):  # noqa: F811
    video_studio.fault("404", on="GET /media/")
    with pytest.raises(CannotCopy) as refused:
        fetch(clip_at_the_studio, tmp_path / "clip")
    assert refused.value.gone
    assert not (tmp_path / "clip").exists()


def test_other_private_hosts_are_not_fetched_from_unless_they_are_named(settings, video_studio, tmp_path):  # noqa: F811
    url = f"{video_studio.url}/media/clip.mp4"
    with pytest.raises(CannotCopy):
        fetch(url, tmp_path / "clip")
    assert video_studio.calls() == []
    settings.STUDIO_ALLOWED_HOSTS = [video_studio.host]
    assert fetch(url, tmp_path / "clip").read_bytes() == CLIP.read_bytes()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/media/clips/ab/abc.mp4", "clips/ab/abc.mp4"),
        ("http://127.0.0.1:8000/media/clips/a.jpg", "clips/a.jpg"),
        ("http://127.0.0.1:8001/media/clips/a.jpg", ""),
        ("https://elsewhere.example/media/clips/a.jpg", ""),
        ("//elsewhere.example/media/clips/a.jpg", ""),
        ("/media/../secret_key", ""),
        ("/media/%2e%2e/secret_key", ""),
        ("/media//etc/passwd", ""),
        ("/static/dailies.css", ""),
    ],
)
def test_only_addresses_of_this_installation_are_our_own(url, name):
    assert own_media_name(url) == name
