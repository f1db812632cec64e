"""Takes the picture of the README, docs/create.jpg: ``python -m tests.shots.readme``.

Starts an installation, makes the clips of the demo, and writes a prompt into the create page.
"""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import launch
from tests.installation import ROOT, Installation
from tests.shots.__main__ import LOADED

PICTURE = ROOT / "docs/create.jpg"
SIZE, SCALE = (1440, 940), 1.25
PROMPT = "A lighthouse by the sea at dawn, slow push in, gulls passing, warm haze"


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="dailies-readme-") as folder,
        Installation(Path(folder)) as home,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        make_clips(folder)
        take(browser, home)
    sys.stdout.write(f"Taken: {PICTURE.relative_to(ROOT)}\n")
    return 0


def make_clips(folder: str) -> None:
    """In the installation whose DATA_DIR is ``folder``."""
    # playwright runs an event loop in this thread, where Django would refuse the database.
    os.environ.update(
        DJANGO_ALLOW_ASYNC_UNSAFE="1", DATA_DIR=folder, DJANGO_SETTINGS_MODULE="studio.settings"
    )
    import django

    django.setup()
    from tests.shots import demo

    demo.wait_for_models()
    demo.make_clips()


def take(browser: Browser, home: Installation) -> None:
    width, height = SIZE
    page = browser.new_page(
        viewport={"width": width, "height": height}, device_scale_factor=SCALE, color_scheme="light"
    )
    page.goto(home.link)
    page.goto(home.url)
    page.get_by_label("Prompt", exact=True).fill(PROMPT)
    page.locator("#estimate strong").wait_for()
    page.evaluate(LOADED)
    page.screenshot(path=PICTURE, type="jpeg", quality=85)


if __name__ == "__main__":
    sys.exit(main())
