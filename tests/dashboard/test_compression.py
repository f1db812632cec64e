"""What travels compressed, and what must not."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client


def test_a_page_travels_compressed_when_the_browser_takes_it(as_member: Client):
    packed = as_member.get("/jobs/", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(as_member.get("/jobs/").content) / 2


def test_a_clip_travels_as_it_is(as_member: Client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("clips/aa/aa.mp4", ContentFile(b"\0\0\0\x18ftypmp42" + b"\0" * 4000))
    answer = as_member.get(
        "/media/clips/aa/aa.mp4", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-999"}
    )
    assert answer.status_code == 206
    assert not answer.has_header("Content-Encoding")
    assert len(answer.getvalue()) == 1000
