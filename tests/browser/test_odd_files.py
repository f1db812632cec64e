"""Clips of odd kinds in a real browser: what it cannot play plays as another version, and what fails says so."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from playwright.sync_api import Page, expect

from studio import film
from studio.jobs.models import Job
from studio.team.models import Member
from studio.worker.steps.archive import archive_next
from studio.worker.steps.extras import look_next, proxy_next
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload
from tests.factories import a_job, altered, fresh
from tests.film import odd

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def kept(owner: Member, path: Path) -> Job:
    """A ready clip whose file was just kept."""
    name = default_storage.save(f"sandbox/{path.name}", ContentFile(path.read_bytes()))
    job = altered(a_job("completed", owner=owner), result_urls=[f"/media/{name}"])
    assert archive_next()
    return fresh(job)


def plays(page: Page, player: str = "video") -> None:
    """Its time goes on, and there is a picture where there should be one."""
    page.locator(player).evaluate("media => { media.muted = true; return media.play(); }")
    page.wait_for_function(
        "name => { const media = document.querySelector(name);"
        " return media.currentTime > 0.3 && (name === 'audio' || media.videoWidth > 0); }",
        arg=player,
    )


@in_every_look
def test_a_clip_that_browsers_do_not_play_gets_a_version_that_plays(
    open_page: OpenPage, member: Member, tmp_path: Path, width: int, scheme: str
) -> None:
    original = odd.film(tmp_path / "film.mp4", "libx265", pixels="yuv420p10le", sound="aac", turned=90)
    job = kept(member, original)
    page = open_page(f"/jobs/{job.pk}/", width=width, scheme=scheme)
    expect(page.get_by_text("Its preview is being prepared.")).to_be_visible()
    with no_reload(page):
        assert look_next()
        expect(page.get_by_text("A converted version is being made.")).to_be_visible()
        expect(page.locator("video")).to_have_count(0)
        assert proxy_next()
        expect(page.get_by_text("this page plays a converted version")).to_be_visible()
        plays(page)
    assert page.locator("video").evaluate("video => [video.videoWidth, video.videoHeight]") == [90, 160]
    must_be_accessible(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download").click()
    assert Path(saved.value.path()).read_bytes() == original.read_bytes()


@pytest.mark.slow
def test_from_a_list_the_version_that_plays_is_played(
    open_page: OpenPage, member: Member, tmp_path: Path
) -> None:
    kept(member, odd.UNPLAYABLE["prores.mov"](tmp_path / "film.mov"))
    assert look_next()
    assert proxy_next()
    page = open_page("/jobs/")
    page.get_by_role("button", name="Play: a lighthouse").click()
    plays(page, "#screening video")


@pytest.mark.slow
def test_sound_alone_plays_as_sound(open_page: OpenPage, member: Member, tmp_path: Path) -> None:
    job = kept(member, odd.SOUND["sound.mp4"](tmp_path / "sound.mp4"))
    assert look_next()
    page = open_page(f"/jobs/{job.pk}/")
    plays(page, "audio")
    expect(page.get_by_text("MP4 · AAC")).to_be_visible()
    must_be_accessible(page)


@pytest.mark.slow
def test_a_player_that_would_stand_still_says_so(
    open_page: OpenPage, member: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No version could be made; and one that was kept before this was looked at is played as it is."""

    def fails(*_: object) -> None:
        raise film.FilmError("It is longer than 20 minutes.")

    job = kept(member, odd.UNPLAYABLE["hevc.mp4"](tmp_path / "film.mp4"))
    monkeypatch.setattr(film, "proxy", fails)
    assert look_next()
    assert proxy_next()
    page = open_page(f"/jobs/{job.pk}/")
    expect(page.locator("video")).to_have_count(0)
    expect(page.get_by_text("Download the clip to watch it.")).to_be_visible()
    expect(page.get_by_text("It is longer than 20 minutes.")).to_be_visible()
    must_be_accessible(page)
    job.files.update(played=job.clip, hindrance="")
    page.reload()
    page.locator("video").evaluate("video => { video.play().catch(() => {}); }")
    expect(page.get_by_text("This browser cannot play this file.")).to_be_visible()
