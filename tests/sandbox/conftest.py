from pathlib import Path

import pytest

from studio.sandbox.engine import Sandbox
from studio.sandbox.studio import render_next


@pytest.fixture
def sandbox(db, settings, tmp_path) -> Sandbox:
    """The embedded studio without waits, storing into a folder of the test's own."""
    settings.SANDBOX_PACE = "instant"
    settings.MEDIA_ROOT = tmp_path / "media"
    return Sandbox()


def no_inputs(url: str, into: Path) -> Path:
    raise AssertionError(f"{url} was fetched, but the request has no inputs")


def work_through(fetch=no_inputs) -> int:
    """Let the studio work until it finds nothing to do; the number of its steps."""
    steps = 0
    while render_next(fetch):
        steps += 1
        assert steps < 50, "the studio never comes to rest"
    return steps
