"""Target 7: all files of a first visit of the create page, as they travel; posters left out."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

from tests.bench.figures import Figure
from tests.browser.chromium import launch
from tests.installation import Installation


def measure() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="dailies-bench-") as folder,
        Installation(Path(folder)) as home,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        context = browser.new_context()
        page = context.new_page()
        page.goto(home.link)
        page.wait_for_load_state("networkidle")
        sizes = _first_visit(context, home.url)
    files = {url: size for url, size in sizes.items() if "/media/" not in url}
    detail = ", ".join(
        f"{url.rsplit('/', 1)[-1][:24] or '/'} {size / 1000:.1f}" for url, size in files.items()
    )
    yield Figure("7", "first visit of the create page", sum(files.values()) / 1000, 60, "KB", detail)
    yield Figure("7", "requests of that visit", len(files), 12, "requests")


def _first_visit(context: BrowserContext, address: str) -> dict[str, int]:
    """URL → bytes on the wire, headers included, with an empty cache."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def note_name(event: dict[str, Any]) -> None:
        names.setdefault(event["requestId"], event["request"]["url"])

    session.on("Network.requestWillBeSent", note_name)
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.__setitem__(names[e["requestId"]], int(e["encodedDataLength"])),
    )
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return {url: size for url, size in sizes.items() if url.startswith("http")}
