"""Fixtures to import into a conftest: ``from tests.upstream.fixtures import video_studio  # noqa: F401``."""

from collections.abc import Iterator

import pytest

from studio.catalog.connections import forget_engines
from studio.contract.engine import Engine
from studio.upstream.client import VideoStudio
from tests.upstream.server import FakeStudio


def hang_up(engine: Engine) -> None:
    """Close the connections of an engine that speaks HTTP."""
    assert isinstance(engine, VideoStudio)
    engine.close()


@pytest.fixture
def video_studio() -> Iterator[FakeStudio]:
    """A running Video Studio API in the canonical spelling; jobs move one state on with every read."""
    with FakeStudio() as studio:
        yield studio
    forget_engines()  # the next studio may get the same port
