"""What must be in place before the programs start: the tables, the static files, somebody to sign in."""

import hashlib
import os
import sys
import time

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from studio.team.models import Member

STATIC_STAMP = "static.stamp"  # in DATA_DIR: the fingerprint of what was collected last
# What django-htmx ships and no page loads. Compressing it would take most of a first start's time.
UNUSED = ["htmx-2*", "htmax-*", "ext"]


class DatabaseAway(RuntimeError):
    """The database server did not answer in time. ``str()`` is one sentence fit for a person."""


def prepare() -> None:
    """Safe to repeat, and quick when nothing changed. Raises DatabaseAway."""
    wait_for_database(settings.DATABASE_PATIENCE)
    migrate()
    collect_static()
    make_first_admin()


def wait_for_database(patience: float) -> None:
    """Returns as soon as the server answers; it may be starting, too. Raises DatabaseAway after ``patience`` s."""
    if connection.vendor == "sqlite":  # a file: there is nobody to wait for
        return
    deadline, told = time.monotonic() + patience, ""
    while reason := _why_not_connected():
        if reason != told:
            print(f"Waiting for the database server: {reason}", file=sys.stderr, flush=True)  # noqa: T201
            told = reason
        if time.monotonic() > deadline:
            raise DatabaseAway(f"its database server did not answer within {patience:.0f} s. {reason}")
        time.sleep(0.5)


def _why_not_connected() -> str:
    """The server's own words on one line, or "" when it lets us in."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return " ".join(str(error).split())
    return ""


def is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate() -> None:
    if not is_migrated():
        call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    stamp = settings.DATA_DIR / STATIC_STAMP
    fingerprint = _static_fingerprint()
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=UNUSED)
    stamp.write_text(fingerprint)


def _static_fingerprint() -> str:
    """Changes when any source file does, by name, size or time, and with the storage that treats them."""
    digest = hashlib.sha256(repr((settings.STORAGES["staticfiles"], settings.STATIC_ROOT)).encode())
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            status = os.stat(storage.path(name))
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_first_admin() -> None:
    """Without a password in the settings the admin comes in by the link that is printed."""
    Member.objects.create_first_admin(settings.FIRST_ADMIN_EMAIL, settings.FIRST_ADMIN_PASSWORD or None)
