"""The product's spine, as a person goes it: follow the link, ask for a clip, see it arrive, play it.

Three spellings of an upstream stand for all here: tests/engines puts every one through the whole contract.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import tables
from tests.first_clip import STATES, FirstClip
from tests.installation import Installation
from tests.upstream.account import Account, Clock, Pace
from tests.upstream.server import FakeStudio

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def studio(request: pytest.FixtureRequest) -> Iterator[FakeStudio]:
    """An upstream with a real clip to give, in the spelling that the test names."""
    account = Account(pace=Pace(2.0, 3.0), clock=Clock(real=True))
    with FakeStudio(spelling=request.param, account=account) as running:
        yield running


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of an installation that was started once, with its sandbox: the next start is a quick one."""
    folder = tables.install_in(tmp_path_factory.mktemp("lived-in"))
    with Installation(folder):
        pass
    return folder


def make_a_clip(page: Page, home: Installation) -> FirstClip:
    page.goto(home.link)
    balance = page.locator("#balance")
    expect(balance).to_contain_text(re.compile("2,000|not available"), timeout=30_000)
    walk = FirstClip(page)
    walk.ask()
    walk.watch()
    assert [state for state in walk.states if state in STATES] == list(STATES)
    expect(balance).to_contain_text("1,900")
    walk.play()
    return walk


@pytest.mark.slow
def test_the_first_clip_on_a_fresh_installation_takes_four_clicks(browser: Browser, tmp_path: Path):
    with Installation(tmp_path) as home:
        walk = make_a_clip(browser.new_page(), home)
    assert walk.clicks <= 4


@pytest.mark.parametrize(
    "studio",
    [pytest.param(name, marks=pytest.mark.slow) for name in ("canonical", "words", "mapping")],
    indirect=True,
)
def test_the_first_clip_of_any_video_studio(
    browser: Browser, tmp_path: Path, lived_in: Path, studio: FakeStudio
):
    settings: dict[str, Any] = {"STUDIO_BASE_URL": studio.url, "STUDIO_API_KEY": studio.key}
    with Installation(shutil.copytree(lived_in, tmp_path / "data"), **settings) as home:
        page = browser.new_page()
        make_a_clip(page, home)
        for path in ("/", "/jobs/", "/jobs/1/", "/history/", "/people/", "/profile/"):
            page.goto(home.url + path)
            assert studio.key not in page.content()
    assert studio.key not in home.output
    assert studio.paid_posts == 1
    assert all(call.auth == f"Bearer {studio.key}" for call in studio.calls("POST"))
    assert all(not call.auth for call in studio.calls("GET", "/media/"))
