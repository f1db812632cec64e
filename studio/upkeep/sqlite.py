"""A SQLite database as one file: copied while others write, looked through, and put back through SQLite's own locks."""

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
PATIENCE = 60.0  # seconds that a lock of another process is waited for
SIBLINGS = ("-journal", "-wal", "-shm")
JSON_BUILT_IN = (3, 38)


def knows_json() -> None:
    """Answer the question whether this SQLite has JSON, which Django's checks ask in a transaction that takes the lock:
    while another process holds it, they say that SQLite does not support JSONFields, after a wait."""
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info >= JSON_BUILT_IN:
        connection.features.supports_json_field = True


def dump(target: Path) -> dict[str, int]:
    """One moment of the database, and how many rows each table has in it. Writers wait, or not even that (WAL)."""
    with _sentences(), closing(_live()) as live, closing(sqlite3.connect(target)) as copy:
        live.execute("BEGIN")  # the rows are counted in the same moment
        counts = _counts(live)
        live.backup(copy, progress=_patience())
        live.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the mode of the other was
    return counts


def verify(file: Path) -> dict[str, int]:
    """The rows of each table. Raises Damaged for a file that is not whole."""
    address = f"file:{quote(str(file))}?mode=ro&immutable=1"
    with _sentences(), closing(sqlite3.connect(address, uri=True)) as copy:
        if (said := copy.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            raise Damaged(f"{file.name} is damaged: {said[0][0]}.")
        if copy.execute("PRAGMA foreign_key_check").fetchone():
            raise Damaged(f"{file.name} holds rows that refer to missing ones.")
        return _counts(copy)


def put_in_place(file: Path, statements: list[str], work: Path) -> None:
    """Overwrite the live database in one transaction; ``statements`` are part of it. ``work`` is a spare folder.

    Through SQLite's backup, not by renaming: a process that has the file open sees the new rows, and no journal of
    the old file is left to be applied to the new one.
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
    """For a file that cannot be read any more: kept as it is, with what belongs to it."""
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
        if left and time.monotonic() > deadline:  # sqlite3 itself would wait for ever
            raise UpkeepFailed(f"Another process kept the database locked for {PATIENCE:.0f} s.")

    return progress


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        kind = Damaged if type(error) is sqlite3.DatabaseError else UpkeepFailed  # the others are subclasses
        raise kind(f"SQLite says: {error}.") from error
