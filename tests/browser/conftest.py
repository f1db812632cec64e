"""A real browser for the tests, and what every page must keep to."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, testcases
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from dashboard.polls.layer import PollLayer
from studio.team.models import Member
from tests.browser import chromium

type OpenPage = Callable[..., Page]
# One by default, and in CI the one that differs in everything, too.
in_every_look = pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1440, "light"),
        pytest.param(390, "dark", marks=pytest.mark.slow),
    ],
)

PATIENCE = (
    15_000  # milliseconds: pages on which something goes on ask anew every 5 s, and a busy machine is slow
)
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are skipped with the reason; where CI is set they fail instead."""
    here = [item for item in items if "tests/browser/" in item.nodeid]
    for item in here:
        item.add_marker(pytest.mark.browser)
        if chromium.path() is None and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason="No Chromium on PATH; CHROMIUM can name one."))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # playwright's synchronous face runs an event loop in this thread, where Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright, chromium.launch(playwright) as launched:
        yield launched
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session", autouse=True)
def _layer_before_django() -> Iterator[None]:
    """The live server answers as studio.wsgi does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testcases, "WSGIHandler", lambda: PollLayer(WSGIHandler()))
        yield


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, member: Member) -> Iterator[OpenPage]:
    """Open a path as a member; the test fails when the console said anything but that an answer was refused.

    Nothing moves on its own: painting sixty times a second is a fifth of what live lists cost. Whoever looks
    at movement says ``reduced_motion="no-preference"``.
    """
    said: list[str] = []
    opened: list[BrowserContext] = []

    def open_path(
        path: str,
        *,
        width: int = 1440,
        height: int = 1000,
        scheme: Literal["light", "dark"] = "light",
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            base_url=live_server.url,
            **{"reduced_motion": "reduce", **options},
        )
        opened.append(context)
        context.add_cookies([_session(member, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield open_path
    for context in opened:
        context.close()
    assert [words for words in said if "the server responded with a status of" not in words] == []


def _session(person: Member, url: str) -> Any:  # playwright keeps the cookie's type private
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


@contextmanager
def no_reload(page: Page) -> Iterator[None]:
    """What happens inside must happen on the page as it is."""
    page.evaluate("window.same = true")
    yield
    assert page.evaluate("window.same") is True


def scroll_to_end(page: Page) -> None:
    """Bring the link to older rows into view, which loads them: it is gone before a click could reach it."""
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")


def must_be_accessible(page: Page) -> None:
    """axe finds nothing, and nothing sticks out of the page to the side."""
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
