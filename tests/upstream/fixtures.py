"""Fixtures to import into a conftest: ``from tests.upstream.fixtures import video_studio  # noqa: F401``."""

from collections.abc import Iterator

import pytest

from studio.catalog import connections
from tests.upstream.server import FakeStudio


@pytest.fixture
def video_studio() -> Iterator[FakeStudio]:
    """A running Video Studio API in the canonical spelling; jobs move one state on with every read."""
    with FakeStudio() as studio:
        yield studio
    for engines in (connections._with_key_of_settings, connections._with_stored_key):
        engines.cache_clear()  # the next studio may get the same port: a closed engine must not speak to it
