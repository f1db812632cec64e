"""The tables of a test run: migrated once for the code as it stands, then copied for each database that a test needs.

All migrations together take some ten seconds, and every process of a run and every installation that a test starts
needs them. ``pytest --create-db`` migrates each database instead.
"""

import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.files import locks

from tests.installation import ROOT

FOLDER = ROOT / ".pytest_cache" / "tables"  # ``make clean`` removes it
TEMPLATE = "tables"  # on a PostgreSQL server, which is one of this run: see tests.postgres


def copy_to(path: Path) -> None:
    """A SQLite file with all tables, as ``manage.py migrate`` leaves them."""
    with closing(sqlite3.connect(_file())) as made, closing(sqlite3.connect(path)) as copy:
        made.backup(copy)


def install_in(data_dir: Path) -> Path:
    """Make this the folder of an installation that was migrated and not started yet. Returns the folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    copy_to(data_dir / "dailies.sqlite3")
    return data_dir


def create_database(server: str, name: str) -> None:
    """The same as a new database on a PostgreSQL server, which is named by its URL without a database."""
    with _alone():
        if not _exists(server, TEMPLATE):
            _run(server, f"CREATE DATABASE {TEMPLATE}_begun")
            _migrate(DATABASE_URL=f"{server}/{TEMPLATE}_begun")
            _run(server, f"ALTER DATABASE {TEMPLATE}_begun RENAME TO {TEMPLATE}")
        _run(server, f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')


def _file() -> Path:
    made = FOLDER / f"{_fingerprint()}.sqlite3"
    with _alone():
        if not made.exists():
            for outdated in FOLDER.glob("*.sqlite3"):
                outdated.unlink()
            with tempfile.TemporaryDirectory(dir=FOLDER) as data_dir:
                _migrate(DATA_DIR=data_dir)
                begun = Path(data_dir, "dailies.sqlite3")
                with closing(sqlite3.connect(begun)) as database:
                    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                begun.rename(made)
    return made


def _fingerprint() -> str:
    """Changes with our code and with the locked packages, both of which have migrations."""
    digest = hashlib.sha256()
    for path in (*sorted((ROOT / "studio").rglob("*.py")), ROOT / "requirements.txt"):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("a") as file:
        locks.lock(file, locks.LOCK_EX)
        yield


def _migrate(**where: str) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.gateway.settings", "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, **settings, **where},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _exists(server: str, name: str) -> bool:
    return bool(_run(server, "SELECT 1 FROM pg_database WHERE datname = %s", name))


def _run(server: str, statement: str, *values: str) -> list[tuple[object, ...]]:
    import psycopg

    url = f"{server.replace('postgres://', 'postgresql://')}/postgres"
    with psycopg.connect(url, autocommit=True) as admin:
        found = admin.execute(statement.encode(), values or None)
        return found.fetchall() if found.description else []
