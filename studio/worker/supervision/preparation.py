"""Prepares what the programs need before they start: database tables, static files, and a first admin."""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files import locks
from django.core.management import call_command
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from studio.core.errors import UserFacingError
from studio.team.models import Member

STATIC_STAMP = "static.stamp"  # in DATA_DIR: the fingerprint of the files that were collected last
# Files of django-htmx that no page loads. Compressing them would take most of a first start's time.
UNUSED = ["htmx-2*", "htmax-*", "ext"]


# (acquire, release). Acquire returns True if it got the lock.
type Lock = tuple[Callable[[], bool], Callable[[], None]]
ADVISORY_LOCK = int.from_bytes(b"dailies")  # a 64-bit number of our own
LOCK_LOOK = 0.2  # seconds


class DatabaseAway(UserFacingError):
    """The database server did not answer in time."""


def prepare() -> None:
    """Safe to repeat and to run on several hosts at the same time; fast if nothing changed.

    Raises DatabaseAway.
    """
    wait_for_database(settings.DATABASE_PATIENCE)
    with one_at_a_time():
        migrate()
        collect_static()
        make_first_admin()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the installation's preparation lock. Waits while another process on any host has it.

    On PostgreSQL it is an advisory lock of this session, on SQLite a lock on a file in DATA_DIR: both end with the
    process. Must not be nested.
    """
    take, give_back = _advisory_lock() if connection.vendor == "postgresql" else _file_lock()
    is_announced = False
    while not take():
        if not is_announced:
            _say("Waiting: another process is preparing the database.")
            is_announced = True
        time.sleep(LOCK_LOOK)
    try:
        yield
    finally:
        give_back()


def _advisory_lock() -> Lock:
    """Polls, because a statement that waits inside the server has a snapshot, which a migration might wait for."""

    def ask(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [ADVISORY_LOCK])
            return bool(cursor.fetchone()[0])

    def give_back() -> None:
        with suppress(DatabaseError):  # a lost session holds no locks
            ask("pg_advisory_unlock")

    return partial(ask, "pg_try_advisory_lock"), give_back


def _file_lock() -> Lock:
    file = (settings.DATA_DIR / "preparation.lock").open("a")
    return partial(locks.lock, file, locks.LOCK_EX | locks.LOCK_NB), file.close


def wait_for_database(patience: float) -> None:
    """Wait until the server answers; it may still be starting. Raises DatabaseAway after ``patience`` seconds."""
    if connection.vendor == "sqlite":  # a file, not a server
        return
    deadline, announced = time.monotonic() + patience, ""
    while reason := _why_not_connected():
        if reason != announced:
            _say(f"Waiting for the database server: {reason}")
            announced = reason
        if time.monotonic() > deadline:
            raise DatabaseAway(f"its database server did not answer within {patience:.0f} s. {reason}")
        time.sleep(0.5)


def _why_not_connected() -> str:
    """The server's own message on one line, or "" once we are connected."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return " ".join(str(error).split())
    return ""


def is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate() -> None:
    """Runs Django's command directly: our own takes the lock that ``prepare`` already holds."""
    if not is_migrated():
        call_command(MigrateCommand(), interactive=False, verbosity=0)


def collect_static() -> None:
    stamp = settings.DATA_DIR / STATIC_STAMP
    fingerprint = _static_fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=UNUSED)
    stamp.write_text(fingerprint)


def _static_fingerprint() -> str:
    """Changes with the name, size or time of any source file, and with the storage that processes them."""
    digest = hashlib.sha256(repr((settings.STORAGES["staticfiles"], settings.STATIC_ROOT)).encode())
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            status = os.stat(storage.path(name))
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_first_admin() -> None:
    """Without a password in the settings, the admin signs in by the link that ``up`` prints."""
    Member.objects.create_first_admin(settings.FIRST_ADMIN_EMAIL, settings.FIRST_ADMIN_PASSWORD or None)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - shown to the person who runs the command
