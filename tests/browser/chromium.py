"""Debian's Chromium, driven by playwright. Its own build lacks H.264, so that our clips would not play there."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


def path() -> str | None:
    """Where the browser is: CHROMIUM when set, else the first of its names on PATH."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Raises RuntimeError when there is no browser."""
    executable = path()
    if executable is None:
        raise RuntimeError("No Chromium on PATH: install the package chromium, or name one with CHROMIUM=.")
    return playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
