"""Installations that run, known to every test: see tests/conftest.py.

Each process of a test run starts its own, when a test first asks, and keeps it until the end.
"""

from collections.abc import Iterator

import pytest

from studio.sandbox.models import FIRST_CREDITS
from tests.gateway.home import Home, Newcomer
from tests.gateway.plain_client import PlainClient

BROWSER_ORIGIN = "https://app.example.com"  # whose pages may call the installations that tests start


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Home]:
    """An installation with the sandbox behind it."""
    with Home(tmp_path_factory.mktemp("home"), API_CORS_ORIGINS=BROWSER_ORIGIN) as started:
        yield started


@pytest.fixture(scope="session")
def go_between(home: Home) -> Newcomer:
    """Whom the first installation knows the second one by."""
    return home.newcomer()


@pytest.fixture(scope="session")
def second_home(home: Home, go_between: Newcomer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Another one, whose studio is the first one's gateway."""
    told = {
        "STUDIO_BASE_URL": home.url,
        "STUDIO_API_KEY": go_between.text,
        "STUDIO_ALLOWED_HOSTS": home.host,
    }
    with Home(tmp_path_factory.mktemp("second-home"), **told) as started:
        started.ask("let_send", posts_per_hour=10_000)
        yield started


@pytest.fixture
def newcomer(home: Home) -> Newcomer:
    """Somebody who made nothing yet, at a studio whose account is full."""
    home.ask("set_credits", credits=FIRST_CREDITS)
    return home.newcomer()


@pytest.fixture
def plain(home: Home, newcomer: Newcomer) -> PlainClient:
    return home.client(newcomer)
