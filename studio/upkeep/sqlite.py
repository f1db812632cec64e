"""Copies, verifies and restores a SQLite database through SQLite's own backup API and locks."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from studio.upkeep.errors import Damaged, UpkeepFailed

FILE = "database.sqlite3"
PATIENCE = 60.0  # seconds to wait for another process's lock
SIBLINGS = ("-journal", "-wal", "-shm")
JSON_BUILT_IN = (3, 38)


def knows_json() -> None:
    """Preset Django's ``supports_json_field`` for versions of SQLite that always have JSON.

    Django tests it in a transaction that takes the write lock. While another process holds that lock, its checks
    wait and then report that SQLite does not support JSONFields.
    """
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info >= JSON_BUILT_IN:
        connection.features.supports_json_field = True


def dump(target: Path) -> dict[str, int]:
    """Copy one snapshot of the database to ``target``; return its rows by table. Blocks writers except in WAL mode."""
    with _sentences(), closing(_live()) as live, closing(sqlite3.connect(target)) as copy:
        live.execute("BEGIN")  # counts the rows of the same snapshot
        counts = _counts(live)
        live.backup(copy, progress=_patience())
        live.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode=DELETE")  # a single file, even if the original uses WAL
    return counts


def verify(file: Path) -> dict[str, int]:
    """Check the file's integrity and return its rows by table. Raises Damaged if it is not intact."""
    address = f"file:{quote(str(file))}?mode=ro&immutable=1"
    with _sentences(), closing(sqlite3.connect(address, uri=True)) as copy:
        if (said := copy.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            raise Damaged(f"{file.name} is damaged: {said[0][0]}.")
        if copy.execute("PRAGMA foreign_key_check").fetchone():
            raise Damaged(f"{file.name} has rows that refer to missing rows.")
        return _counts(copy)


def put_in_place(file: Path, statements: list[str], work: Path) -> None:
    """Overwrite the live database and run ``statements``, in one transaction. ``work`` is a temporary folder.

    Uses SQLite's backup API instead of renaming the file: a process that has it open sees the new rows, and no
    journal of the old file is left that could be applied to the new one.
    """
    staged = work / "staged.sqlite3"
    shutil.copyfile(file, staged)
    connection.close()
    with _sentences(), closing(sqlite3.connect(staged)) as source:
        for statement in statements:
            source.execute(statement)
        source.commit()
        with closing(_live()) as live:
            source.backup(live, progress=_patience())


def move_aside(folder: Path) -> None:
    """Move an unreadable database into ``folder`` as it is, with its journal files."""
    connection.close()
    path = Path(connection.settings_dict["NAME"])
    for name in (path.name, *(path.name + sibling for sibling in SIBLINGS)):
        if (path.parent / name).exists():
            shutil.move(path.parent / name, folder / name)


def _live() -> sqlite3.Connection:
    return sqlite3.connect(connection.settings_dict["NAME"], timeout=PATIENCE, isolation_level=None)


def _counts(database: sqlite3.Connection) -> dict[str, int]:
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables}  # noqa: S608


def _patience() -> Callable[[int, int, int], None]:
    deadline = time.monotonic() + PATIENCE

    def progress(status: int, left: int, total: int) -> None:
        if left and time.monotonic() > deadline:  # sqlite3 itself would wait forever
            raise UpkeepFailed(f"Another process kept the database locked for {PATIENCE:.0f} s.")

    return progress


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        kind = Damaged if type(error) is sqlite3.DatabaseError else UpkeepFailed  # the others are subclasses
        raise kind(f"SQLite reports: {error}.") from error
