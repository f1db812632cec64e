"""The engines that the suite runs on. A further one is a generator of a Bench and a line in ENGINES.

One that needs the database carries its mark: asked for later, ``db`` would not come with a test database.
Our own gateway is one, too: over the sandbox, and over another installation's gateway.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from studio.sandbox.engine import Sandbox
from studio.sandbox.models import FIRST_CREDITS, SandboxAccount
from studio.sandbox.studio import render_next
from studio.upstream.client import VideoStudio
from tests.engines.bench import Bench
from tests.gateway.home import Home
from tests.upstream.server import FakeStudio
from tests.upstream.spelling import SPELLINGS


def over_http(request: pytest.FixtureRequest, spelling: str) -> Iterator[Bench]:
    with FakeStudio(spelling=spelling) as studio, closing(VideoStudio(studio.url, studio.key)) as engine:
        yield Bench(engine, partial(setattr, studio.account, "credits"))


def embedded(request: pytest.FixtureRequest) -> Iterator[Bench]:
    settings = request.getfixturevalue("settings")
    settings.SANDBOX_PACE = "instant"
    settings.MEDIA_ROOT = request.getfixturevalue("tmp_path")
    engine = Sandbox()
    engine.models()  # opens the account
    yield Bench(
        engine,
        set_credits=_set_credits,
        work=lambda: render_next(_no_inputs),
    )


def _set_credits(credits: int) -> None:
    SandboxAccount.objects.update(credits=credits)


def _no_inputs(url: str, into: Path) -> Path:
    raise AssertionError(f"No test here draws from {url}.")


def gateway(request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield from _served_by(request.getfixturevalue("home"))


def gateway_over_gateway(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The second installation tells what it knows of the first one's credits: both have to hear of them."""
    first, second = request.getfixturevalue("home"), request.getfixturevalue("second_home")
    yield from _served_by(second, first)


def _served_by(home: Home, *behind: Home) -> Iterator[Bench]:
    def set_credits(credits: int) -> None:
        for installation in (*behind, home):
            installation.ask("set_credits", credits=credits)

    set_credits(FIRST_CREDITS)
    with closing(VideoStudio(home.url, home.newcomer().text)) as engine:  # whose history is empty
        yield Bench(engine, set_credits, work=partial(time.sleep, 0.2))


ENGINES = [pytest.param(partial(over_http, spelling=name), id=f"http-{name}") for name in SPELLINGS]
ENGINES.append(pytest.param(embedded, id="sandbox", marks=pytest.mark.django_db))
ENGINES.append(pytest.param(gateway, id="gateway", marks=pytest.mark.slow))
ENGINES.append(pytest.param(gateway_over_gateway, id="gateway-over-gateway", marks=pytest.mark.slow))


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield from request.param(request)
