"""Fault 31: a copy that is killed with SIGKILL leaves no half file under a name that pages know."""

import hashlib
import signal
import sys
from pathlib import Path

import pytest
from PIL import Image

from studio.library.archive import keep
from studio.library.extras import look
from studio.library.temporary import INCOMING, sweep
from tests.upstream.fixtures import video_studio  # noqa: F401
from tests.upstream.server import CLIP, FakeStudio
from tests.worker.processes import started, wait_for

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
    pytest.mark.slow,
]
# Stops for good just before the file that ends as the command line says gets its name.
COPY = """
import os, sys, time, django
django.setup()
from studio.library.archive import keep
from studio.library.extras import look
from studio.library import store
replace = os.replace
def stop_at(source, target):
    if str(target).endswith(sys.argv[2]):
        print("stopped", flush=True)
        time.sleep(600)
    replace(source, target)
store.os.replace = stop_at
kept = keep(sys.argv[1])
look(kept.clip, kept.sha256)
"""


def files(media: Path) -> list[Path]:
    return [path for path in (media / "clips").rglob("*") if path.is_file()]


def assert_whole(path: Path) -> None:
    if path.suffix == ".mp4":
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    else:
        with Image.open(path) as image:
            image.load()


@pytest.mark.parametrize(
    ("stage", "kept"), [("download", 0), (".mp4", 0), ("-poster.jpg", 1), ("-preview.webp", 3)]
)
def test_fault_31_a_killed_copy_is_never_served_and_the_next_one_is_whole(
    stage: str,
    kept: int,
    settings,
    video_studio: FakeStudio,  # noqa: F811
    tmp_path: Path,
):
    url, media = f"{video_studio.url}/media/clip.mp4", tmp_path / "media"
    if stage == "download":
        video_studio.fault("half-then-hang", on="GET /media/")
    environment = {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "DATA_DIR": str(tmp_path),
        "STUDIO_ALLOWED_HOSTS": video_studio.host,
    }
    with started(["-c", COPY, url, stage], tmp_path, **environment) as copy:
        if stage == "download":
            wait_for(lambda: any((media / INCOMING).rglob(".*.part")), "the download to begin")
        else:
            wait_for(lambda: "stopped" in copy.out, "the file to be about to get its name")
        copy.stop(signal.SIGKILL)
    assert len(files(media)) == kept
    for path in files(media):
        assert_whole(path)

    settings.MEDIA_ROOT, settings.STUDIO_ALLOWED_HOSTS = media, [video_studio.host]
    assert sweep() == 0  # too young: somebody might be at work
    assert sweep(older_than=-1) == 1
    assert list((media / INCOMING).iterdir()) == []
    again = keep(url)
    look(again.clip, again.sha256)
    assert (media / again.clip).read_bytes() == CLIP.read_bytes()
    assert len(files(media)) == 4
    for path in files(media):
        assert_whole(path)
