"""Faults 30, 31, 32 and 38: files that are gone, cut off, elsewhere than they say, or no films at all."""

from pathlib import Path

import pytest

from studio.jobs.models import Job
from studio.worker.steps.archive import TRIES
from tests.factories import fresh
from tests.faults.scene import Books, Scene
from tests.worker.processes import wait_for

MEDIA = "GET /media/"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.domain)</script></svg>'


def ready(scene: Scene) -> Job:
    job = scene.ask()
    scene.finish(job)
    assert (fresh(job).archive, scene.books()) == ("waiting", Books(charged=100, taken=100))
    return job


def lost(scene: Scene) -> str:
    """The page of the clip whose file cannot be had, once every try was made. It is paid, whatever became of it."""
    job = ready(scene)
    for _ in range(TRIES + 1):
        if fresh(job).archive == "lost":
            break
        scene.archive()
        scene.passes(hours=4)
    assert (fresh(job).archive, fresh(job).clip) == ("lost", "")
    assert (scene.state(job), scene.books()) == ("completed", Books(charged=100, taken=100))
    page = scene.clip_page(job)
    assert "The clip was made, but its file was not saved here:" in page
    return page


def kept_files(settings) -> list[str]:
    folder = Path(settings.MEDIA_ROOT)
    return [str(path.relative_to(folder)) for path in (folder / "clips").rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [404, pytest.param(410, marks=pytest.mark.slow)])
def test_fault_30_a_file_that_stays_gone_is_lost_visibly(scene: Scene, status):
    scene.studio.fault(str(status), times=50, on=MEDIA)
    asked = len(scene.studio.calls("GET", "/status/"))
    page = lost(scene)
    assert "The file is no longer there (answer " in page
    assert len(scene.studio.calls("GET", "/status/")) == asked + TRIES  # each time for another address


@pytest.mark.django_db(transaction=True)
def test_fault_31_killed_in_the_middle_of_a_download_nothing_partial_is_served(
    scene: Scene, settings, nursery, studio_settings
):
    job = ready(scene)
    scene.studio.fault("drip", on=MEDIA)
    worker = nursery.start("studio.worker.steps.archive.archive_next", **studio_settings)
    wait_for(lambda: scene.studio.calls("GET", "/media/"), "the download")
    nursery.kill(worker)
    assert kept_files(settings) == []
    page = scene.clip_page(job)
    assert "Ready · saving" in page
    scene.passes(minutes=5)
    scene.archive()
    assert fresh(job).archive == "stored"
    assert fresh(job).clip in kept_files(settings)
    assert "Saved" in scene.clip_page(job)


@pytest.mark.django_db
def test_fault_32_a_redirect_to_the_metadata_service_is_not_followed(scene: Scene):
    scene.studio.fault("302:http://169.254.169.254/latest/meta-data/", times=50, on=MEDIA)
    page = lost(scene)
    assert "169.254.169.254 is not on the public internet" in page


@pytest.mark.slow
@pytest.mark.django_db
def test_fault_38_a_page_or_a_drawing_as_video_never_runs(scene: Scene, settings, tmp_path: Path):
    scene.studio.fault("html-200", times=50, on=MEDIA)
    page = lost(scene)
    assert "The clip was made, but its file was not saved here:" in page
    assert kept_files(settings) == []
    scene.studio.forget_faults()
    scene.studio.media = tmp_path / "drawing.mp4"
    scene.studio.media.write_bytes(SVG)
    scene.finish(scene.ask("a drawing"))
    scene.archive()
    for name in kept_files(settings):
        response = scene.client.get(f"/media/{name}")
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"].startswith("attachment")
        response.close()
