"""Films longer than the part that a player gets at a time, in browsers that stop and jump."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import tables
from tests.film import odd
from tests.front.sockets import slowest
from tests.installation import Installation

SECONDS = 20
FILMS = [f"/media/clips/ab/film{number}.mp4" for number in range(6)]
PATIENT = (
    10.0  # seconds for a page on a busy machine; it took longer before, as soon as every thread had its video
)
LOAD = """addresses => Promise.all(addresses.map(address => new Promise((done, fail) => {
    const video = document.createElement("video");
    Object.assign(video, {preload: "auto", muted: true, src: address});
    video.onloadeddata = () => done(video.duration);
    video.onerror = () => fail(new Error(video.error.message));
    document.body.append(video);
})))"""
PLAY_FROM = """seconds => new Promise((done, fail) => {
    const video = document.querySelector("video");
    video.onerror = () => fail(new Error(video.error.message));
    video.ontimeupdate = () => { if (video.currentTime > seconds + 0.3) done(video.currentTime); };
    video.currentTime = seconds;
    video.play().catch(fail);
})"""


@pytest.fixture
def home_with_films(tmp_path: Path) -> Installation:
    folder = tmp_path / "media/clips/ab"
    folder.mkdir(parents=True)
    rate = "nal-hrd=cbr:filler=1:bitrate=6000:vbv-maxrate=6000:vbv-bufsize=6000"
    made = odd.film(
        folder / "film.mp4", seconds=SECONDS, options={"preset": "ultrafast", "x264-params": rate}
    )
    assert made.stat().st_size > 5 * 2**21, "several parts"
    for address in FILMS:
        os.link(made, tmp_path / address[1:])
    return Installation(tables.install_in(tmp_path))


@pytest.mark.slow
def test_paused_videos_stop_no_page_and_long_ones_play_from_anywhere(
    browser: Browser, home_with_films: Installation
) -> None:
    with home_with_films as home:
        first = browser.new_context()
        pages = [_opened(first.new_page(), home.link)]
        for _ in range(2):
            another = browser.new_context(storage_state=first.storage_state())
            pages.append(_opened(another.new_page(), home.url))
        for page in pages:
            assert page.evaluate(LOAD, FILMS) == pytest.approx([SECONDS] * len(FILMS), abs=0.2)
        assert slowest(home.port, "/accounts/login/") < PATIENT
        for seconds in (0, SECONDS - 2, SECONDS // 2):
            assert pages[0].evaluate(PLAY_FROM, seconds) > seconds
        for page in pages:
            page.context.close()


def _opened(page: Page, address: str) -> Page:
    page.goto(address)
    return page
