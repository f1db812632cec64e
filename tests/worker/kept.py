"""What a whole installation over SQLite has made, read from its database."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.worker.processes import wait_for

SOON = 60  # seconds: enough for a busy machine, and far less than an hour


def clips(data_dir: Path) -> list[tuple[str, str]]:
    """The state of each, and of its copy."""
    with closing(sqlite3.connect(data_dir / "dailies.sqlite3", timeout=20)) as database:
        return database.execute("SELECT state, archive FROM jobs_job").fetchall()


def wait_until_kept(data_dir: Path, number: int) -> None:
    kept = [("completed", "stored")] * number
    wait_for(lambda: clips(data_dir) == kept, f"{number} clips to be kept", seconds=SOON)
