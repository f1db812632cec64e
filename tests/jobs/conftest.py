"""A catalog and jobs over a real Video Studio API on a socket."""

import pytest

from studio.catalog import refresh
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from tests.upstream.fixtures import video_studio  # noqa: F401
from tests.upstream.server import FakeStudio


@pytest.fixture
def connection(db: None, settings, video_studio: FakeStudio) -> Connection:  # noqa: F811
    """The default connection, pointed at the fake upstream, its models read."""
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = video_studio.url, video_studio.key
    found = default_connection()
    refresh.refresh(found)
    found.refresh_from_db()
    return found
