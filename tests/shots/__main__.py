"""Start a demo and take every picture of it into ``shots/``. Look at each of them before you show a change.

    python -m tests.shots [--keep FOLDER] [NAME ...]

``NAME`` takes only the scenes whose name begins so. ``--keep`` leaves the demo in FOLDER, to be used again.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import launch
from tests.installation import ROOT, Installation

WIDTHS = {"wide": (1440, 1000), "tablet": (820, 1100), "phone": (390, 844)}
SCHEMES = ("light", "dark")
PICTURES = ROOT / "shots"
NOWHERE: dict[str, Any] = {
    "STUDIO_BASE_URL": "http://127.0.0.1:9",
    "STUDIO_API_KEY": "none",
    "STUDIO_ALLOWED_HOSTS": "127.0.0.1",
}
# Pictures below the fold are loaded late: a photograph of the whole page has to wait for them, too.
LOADED = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
}"""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path)
    options.add_argument("names", nargs="*")
    asked = options.parse_args()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dailies-shots-") as temporary:
        folder = asked.keep or Path(temporary)
        with Installation(folder) as home, sync_playwright() as playwright, launch(playwright) as browser:
            # playwright runs an event loop in this thread, where Django would refuse the database.
            os.environ.update(DJANGO_ALLOW_ASYNC_UNSAFE="1", DATA_DIR=str(folder))
            Studio(home, browser, tuple(asked.names)).take_all(folder / "demo")
            with tempfile.TemporaryDirectory() as other, Installation(Path(other), **NOWHERE) as alone:
                Studio(alone, browser, tuple(asked.names)).take_trouble()
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES.relative_to(ROOT)}/")
    return 0


class Studio:
    """Takes pictures of one installation, signed in as its admin."""

    def __init__(self, home: Installation, browser: Browser, names: tuple[str, ...]) -> None:
        self.home, self.browser, self.names = home, browser, names
        visitor = browser.new_page()
        visitor.goto(home.link)
        self.state = visitor.context.storage_state()
        visitor.context.close()

    def take_all(self, made: Path) -> None:
        """``made`` is the file that tells a demo of an earlier time from a new one."""
        os.environ["DJANGO_SETTINGS_MODULE"] = "studio.settings"
        import django

        django.setup()
        from tests.shots import balances, catalogs, demo, scenes, spending

        demo.wait_for_models()
        if not made.exists():
            self.take(scenes.first_visit())
            demo.make_clips()
            demo.make_states()
            demo.make_connections()
            demo.make_cases()
            demo.make_projects()
            demo.make_budgets()
            demo.make_tokens()
            demo.make_notifications()
            balances.make_readings(demo.studio("Brand films"))
            balances.make_prices(demo.studio("Brand films"))
            catalogs.make_changes(demo.studio("Brand films"))
            demo.give_app()
            spending.make_spending()
            made.touch()
        self.take(scenes.demonstration())

    def take_trouble(self) -> None:
        from tests.shots import scenes

        self.take(scenes.trouble())

    def take(self, wanted: Iterable) -> None:
        for scene in wanted:
            if self.names and not scene.name.startswith(self.names):
                continue
            for size in scene.sizes or WIDTHS:
                for scheme in SCHEMES:
                    self.shoot(scene, size, scheme)

    def shoot(self, scene, size: str, scheme: str) -> None:
        width, height = WIDTHS[size]
        options: dict[str, Any] = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
        state = self.state if scene.signed_in else None
        with self.browser.new_context(storage_state=state, **options) as context:
            page: Page = context.new_page()
            page.goto(self.home.url + scene.path)
            scene.act(page)
            page.evaluate(LOADED)
            page.screenshot(path=PICTURES / f"{scene.name}-{size}-{scheme}.png", full_page=scene.whole)


if __name__ == "__main__":
    sys.exit(main())
