"""A catalog and jobs over a real Video Studio API on a socket; nothing of the installation runs."""

from pathlib import Path

import pytest

from tests.installation import free_port
from tests.jobs.conftest import connection  # noqa: F401
from tests.upstream.fixtures import video_studio  # noqa: F401


@pytest.fixture(autouse=True)
def _nobody_listens(settings, tmp_path: Path) -> None:
    settings.PORT = free_port()
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups are kept."""
    return tmp_path / "backups"
