"""Backup and restore of an installation as a person runs it, on both kinds of database."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.upkeep.manifest import Manifest
from tests import tables
from tests.installation import ROOT, Installation, ask_for_clips
from tests.postgres import postgres

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with postgres() as server:
        yield server.socket_url


def manage(home: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=home.environment, capture_output=True, text=True, timeout=120)


def test_it_is_backed_up_while_it_works_and_restored_once_it_is_stopped(tmp_path: Path, database_url: str):
    if not database_url:
        tables.install_in(tmp_path / "data")
    with Installation(tmp_path / "data", DATABASE_URL=database_url) as home:
        ask_for_clips(home, 2)
        made = manage(home, "backup", str(tmp_path / "backups"), "--media")
        assert (made.returncode, made.stderr) == (0, "")
        refused = manage(home, "restore", str(tmp_path / "backups"))
        assert refused.returncode == 1
        assert "is not a backup of Dailies" in refused.stderr
        backup = next((tmp_path / "backups").glob("dailies-*"))
        refused = manage(home, "restore", str(backup))
        assert refused.returncode == 1
        assert re.search(r"The web server answers on port \d+ and The worker .* was active", refused.stderr)
        assert refused.stderr.count("\n") == 1
    assert Manifest.read(backup).counts["jobs_job"] == 2
    done = manage(home, "restore", str(backup))
    assert done.stderr == ""
    assert "Nothing is sent for now" in done.stdout
    told = manage(home, "check", "--deploy").stderr
    assert "dailies.W006" in told
