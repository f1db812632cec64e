"""The product before a faulty studio."""

from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client

from studio.catalog import refresh
from studio.catalog.connections import default_connection, engine_for
from studio.team.models import Member
from studio.upstream import client as upstream
from tests.faults.doomed import Nursery
from tests.faults.scene import Scene
from tests.upstream.fixtures import hang_up
from tests.upstream.server import FakeStudio

HURRIED = partial(upstream.Patience, read=10.0, retry_pauses=(0.01, 0.02), longest_wait=0.2)


@pytest.fixture
def deadline() -> float:
    """Seconds that a paid request may take. Parametrized to HURRY where an answer never comes."""
    return 20.0


@pytest.fixture
def video_studio() -> Iterator[FakeStudio]:
    """With a key of its own: clients are remembered by address and key, and a port may come back."""
    with FakeStudio(key=f"test-key-{uuid4().hex}") as studio:
        yield studio


@pytest.fixture
def scene(
    settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path,
    video_studio: FakeStudio,
    admin: Member,
    as_admin: Client,
    deadline: float,
) -> Iterator[Scene]:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = video_studio.url, video_studio.key
    settings.GENERATE_DEADLINE = deadline
    monkeypatch.setattr(upstream, "Patience", partial(HURRIED, connect=deadline, silence=deadline))
    connection = default_connection()
    engine = engine_for(connection)
    refresh.refresh(connection)
    yield Scene(video_studio, connection.pk, as_admin, admin, video_studio.account.credits)
    hang_up(engine)


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Nursery]:
    """Workers to be killed: see tests.faults.doomed. They are processes: the test writes transactions."""
    with Nursery(tmp_path_factory.mktemp("killed")) as workers:
        yield workers


@pytest.fixture
def studio_settings(scene: Scene, settings) -> dict[str, str]:
    """What such a worker has to be told: where this test's studio is, and its files."""
    told = ("STUDIO_BASE_URL", "STUDIO_API_KEY", "MEDIA_ROOT")
    return {name: str(getattr(settings, name)) for name in told}
