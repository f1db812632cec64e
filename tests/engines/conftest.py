"""The engines that the suite runs on. A further one is a generator of a Bench and a line in ENGINES.

One that needs the database carries its mark: asked for later, ``db`` would not come with a test database.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from studio.sandbox.engine import Sandbox
from studio.sandbox.models import SandboxAccount
from studio.sandbox.studio import render_next
from studio.upstream.client import VideoStudio
from tests.engines.bench import Bench
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
        set_credits=lambda credits: SandboxAccount.objects.update(credits=credits),
        work=lambda: render_next(_no_inputs),
    )


def _no_inputs(url: str, into: Path) -> Path:
    raise AssertionError(f"No test here draws from {url}.")


ENGINES = [pytest.param(partial(over_http, spelling=name), id=f"http-{name}") for name in SPELLINGS]
ENGINES.append(pytest.param(embedded, id="sandbox", marks=pytest.mark.django_db))


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield from request.param(request)
