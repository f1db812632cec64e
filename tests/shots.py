"""Screenshots of every page, light and dark, at three widths: ``make shots``.

A demo installation is started in a temporary folder, its sandbox draws a few clips, and each page is taken from it.
The pictures land in ``shots/``; look at each of them before you show a change.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import launch
from tests.installation import ROOT, Installation

WIDTHS = {"wide": (1440, 1000), "tablet": (820, 1100), "phone": (390, 844)}
SCHEMES = ("light", "dark")
DEMO = [
    ("veo31_fast", "A lighthouse by the sea at dawn, slow push in, gulls passing, warm haze", "16:9"),
    ("veo31_fast", "Neon city street at night, reflections on wet asphalt, dolly shot", "16:9"),
    ("veo31_fast", "Northern lights over a mountain peak, stars turning", "16:9"),
    ("veo31_fast", "A paper boat crossing a puddle, seen from close above", "9:16"),
    ("veo31_fast", "Misty mountains at dawn, slow drone shot", "16:9"),
    ("veo31_fast", "Dunes at noon, a caravan far away, heat shimmering", "16:9"),
    ("veo31_fast", "A crowded stage [sandbox:fail]", "16:9"),
    ("veo31_fast", "A product turning on a table [sandbox:reject]", "16:9"),
    ("veo31_fast", "Planets rising over a ringed world [sandbox:slow]", "16:9"),
    ("veo31_fast", "Silk moving in slow motion, red and gold", "9:16"),
]


def seed(data_dir: str) -> int:
    """Ask for the demo's clips and wait until those that end soon have ended. Returns the id of a finished one."""
    os.environ.update(DATA_DIR=data_dir, DJANGO_SETTINGS_MODULE="studio.settings")
    import django

    django.setup()
    from studio.catalog.models import StudioModel
    from studio.contract.request import GenerateRequest
    from studio.jobs.models import Job
    from studio.jobs.submit import Intent, submit
    from studio.team.models import Member

    _until(lambda: StudioModel.objects.offered().exists(), 30)
    owner = Member.objects.get()
    for slug, prompt, ratio in reversed(DEMO):
        model = StudioModel.objects.get(slug=slug)
        submit(Intent(owner, model, GenerateRequest(slug, prompt, ratio, 8), uuid4()))
    _until(lambda: Job.objects.filter(archive="stored").count() >= len(DEMO) - 3, 180)
    return Job.objects.filter(archive="stored").order_by("-id").values_list("pk", flat=True)[0]


def _until(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The demo did not get ready in time.")
        time.sleep(0.3)


def pages(job_id: int) -> Iterator[tuple[str, str]]:
    yield "create", "/"
    yield "jobs", "/jobs/"
    yield "jobs-filtered-empty", "/jobs/?state=attention"
    yield "job", f"/jobs/{job_id}/"
    yield "history", "/history/"
    yield "team", "/team/"
    yield "profile", "/profile/"
    yield "not-found", "/nowhere/"


def main() -> int:
    folder = ROOT / "shots"
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="dailies-shots-") as data_dir,
        Installation(Path(data_dir)) as home,
    ):
        wanted = list(
            pages(seed(data_dir))
        )  # before playwright: Django would not query beside its event loop
        with sync_playwright() as playwright, launch(playwright) as browser:
            visitor = browser.new_page()
            visitor.goto(home.link)
            state = visitor.context.storage_state()
            for scheme in SCHEMES:
                for size in WIDTHS:
                    _take_all(browser, home.url, state, folder, (scheme, size), wanted)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder.relative_to(ROOT)}/")
    return 0


def _take_all(browser: Browser, url: str, state, folder: Path, look: tuple[str, str], wanted) -> None:
    scheme, size = look
    width, height = WIDTHS[size]
    options = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    with browser.new_context(storage_state=state, **options) as context:
        page = context.new_page()
        for name, path in wanted:
            _take(page, url + path, folder / f"{name}-{size}-{scheme}.png")
    with browser.new_context(**options) as context:
        _take(context.new_page(), f"{url}/accounts/login/", folder / f"sign-in-{size}-{scheme}.png")


def _take(page: Page, address: str, file: Path) -> None:
    page.goto(address)
    page.wait_for_load_state("load")
    page.screenshot(path=file, full_page=False)


if __name__ == "__main__":
    sys.exit(main())
