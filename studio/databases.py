"""Django's settings for each database, which keep data and money safe on it. Uses only the standard library."""

import sqlite3
from pathlib import Path
from typing import Any

# The first SQLite versions that cannot corrupt a WAL database (https://sqlite.org/wal.html).
_MENDED_SINCE = (3, 51, 3)
_MENDED_BRANCHES = {(3, 50): 7, (3, 44): 6}

LOCK_PATIENCE = 20  # seconds that a statement waits for the lock of another process

# Detects a lost server within seconds, and lets no session keep a lock that others wait for.
_POSTGRESQL_OPTIONS = {
    "application_name": "dailies",
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "options": r"-c default_transaction_isolation=read\ committed"
    f" -c lock_timeout={LOCK_PATIENCE}s -c idle_in_transaction_session_timeout=60s",
}
_DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def postgresql(parameters: dict[str, str]) -> dict[str, Any]:
    """The settings for the server that ``servers.postgresql`` parsed. Connections are kept and checked for health."""
    known = {_DJANGO_NAMES[key]: value for key, value in parameters.items() if key in _DJANGO_NAMES}
    more = {key: value for key, value in parameters.items() if key not in _DJANGO_NAMES}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **known,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**_POSTGRESQL_OPTIONS, **more},
    }


def sqlite(path: Path) -> dict[str, Any]:
    """The settings for a SQLite file.

    IMMEDIATE makes a transaction take the write lock at its start, so that it cannot fail halfway.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_PATIENCE,
            "init_command": f"PRAGMA journal_mode={journal_mode()};"
            "PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": None},
    }


def journal_mode(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> str:
    """WAL, in which readers never wait for the writer, on a SQLite that cannot corrupt it; DELETE on others.

    Set on every connection: the first one of an older library switches a WAL file back, which fails while another
    process has the file open.
    """
    return "WAL" if _keeps_wal_whole(version) else "DELETE"


def _keeps_wal_whole(version: tuple[int, int, int]) -> bool:
    return version >= _MENDED_SINCE or version[2] >= _MENDED_BRANCHES.get(version[:2], version[2] + 1)


def why_damaged(error: Exception) -> str:
    """A sentence for a DatabaseError that means a damaged SQLite file; "" for any other."""
    said = " ".join(str(error).split())
    if "malformed" not in said and "file is not a database" not in said:
        return ""
    return f"The database file is damaged ({said}). Restore a backup: manage.py restore FOLDER (docs/backups.md)."


def why_unusable(error: Exception) -> str:
    """A sentence for an OperationalError about the database itself; "" for one caused by our own bug."""
    said = " ".join(str(error).split())
    if "locked" in said or "lock timeout" in said:
        return (
            f"Another process keeps the database locked, and did so for {LOCK_PATIENCE} s. "
            "Try again, or end the process that holds it."
        )
    return "" if said.startswith("no such ") else f"The database cannot be used now: {said}"
