"""A machine that gives its processes little memory, as ``ulimit -v`` does."""

import sys
from pathlib import Path
from typing import Any

import pytest

from studio.worker.memory import WHY, exit_on_shortage
from tests.installation import Installation, ask_for_clips
from tests.upstream.server import FakeStudio
from tests.worker.kept import wait_until_kept

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems count addresses otherwise"
)
MB = 1 << 20


def limited(most: int, *arguments: str) -> list[str]:
    """The command, in a process that may use so many megabytes of addresses."""
    limit = f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({most * MB},) * 2)"
    return [
        sys.executable,
        "-c",
        f"{limit}; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])",
        *arguments,
    ]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread")])
def test_a_shortage_of_memory_is_one_sentence(error: Exception) -> None:
    with pytest.raises(SystemExit) as ended, exit_on_shortage("The worker ends"):
        raise error
    assert ended.value.code == f"The worker ends: {WHY}"


def test_other_errors_are_none_of_it() -> None:
    with pytest.raises(RuntimeError, match="another"), exit_on_shortage("The worker ends"):
        raise RuntimeError("another")


@pytest.mark.slow
def test_with_900_mb_of_addresses_clips_are_made_and_the_worker_is_not_restarted(tmp_path: Path) -> None:
    with FakeStudio() as studio:
        ours: dict[str, Any] = {
            "STUDIO_BASE_URL": studio.url,
            "STUDIO_API_KEY": studio.key,
            "STUDIO_ALLOWED_HOSTS": studio.host,
        }
        command = limited(900, "manage.py", "up")
        with Installation(tmp_path / "data", command=command, **ours) as home:
            ask_for_clips(home, 2)
            wait_until_kept(tmp_path / "data", 2)
            assert (studio.paid_posts, "Restarting" in home.output) == (2, False)
