"""Replaces the current database with a backup. Keeps a copy of the current one and puts the queue on hold."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from studio.audit.log import record
from studio.jobs.models import Event, Revision
from studio.jobs.sync.restored import hold_statements
from studio.upkeep import files
from studio.upkeep.backup import MEDIA, back_up, store
from studio.upkeep.errors import Damaged, RestoredInPart, UpkeepFailed
from studio.upkeep.manifest import Manifest, digest_of
from studio.worker.models import Heartbeat
from studio.worker.supervision.supervisor import answers

ASIDE = "before-restore"  # in DATA_DIR
LEAP = 1_000_000  # more than any revision that an open tab has seen since the backup


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore: ``aside`` is the copy of the previous database, ``media`` counts restored files."""

    manifest: Manifest
    aside: Path
    media: int


def restore(place: Path, *, force: bool = False) -> Restored:
    """Restore the backup at ``place``, a folder or a file in it. ``force`` skips the check for running processes.

    Raises UpkeepFailed if the current database is unchanged, and RestoredInPart if a step after the swap failed.
    """
    backup = place.parent if place.is_file() else place
    manifest = Manifest.read(backup)
    _refuse_while_running(force)
    _check(backup, manifest)
    try:
        aside = _keep_aside()
        _put_in_place(backup, manifest)
    except (OSError, DatabaseError) as error:
        raise UpkeepFailed(_line(error)) from error
    try:
        call_command("migrate", interactive=False, verbosity=0)
        record("backup.restored", by=None, taken_at=manifest.taken_at, kept_aside=aside.name)
        brought = files.bring_back_media(
            backup.parent / MEDIA, Path(settings.MEDIA_ROOT), manifest.media or {}
        )
    except (OSError, DatabaseError, UpkeepFailed) as error:
        raise RestoredInPart(
            f"The database was restored and its queue is on hold, but a later step failed: {_line(error)} "
            f"The previous database was saved in {aside}."
        ) from error
    return Restored(manifest, aside, brought)


def adopt(*, force: bool = False) -> datetime:
    """Put the queue on hold for a database that was restored by other means, as ``restore`` does.

    Returns the time of its last recorded activity, which counts as the time of the backup. Raises UpkeepFailed.
    """
    _refuse_while_running(force)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        taken_at = _last_trace()
        with transaction.atomic():
            with connection.cursor() as cursor:
                for statement in hold_statements(taken_at, _next_revision(), connection.vendor):
                    cursor.execute(statement)
            record("backup.restored", by=None, taken_at=taken_at, kept_aside="")
    except DatabaseError as error:
        raise UpkeepFailed(_line(error)) from error
    return taken_at


def _last_trace() -> datetime:
    """The last recorded activity: seconds before the copy was made if a worker was running, else possibly longer."""
    event, beat = Event.objects.order_by("pk").last(), Heartbeat.last_seen()
    traces = [trace.at.astimezone(UTC) for trace in (event, beat) if trace]
    if not traces:
        raise UpkeepFailed("This database has never been used: there is nothing to put on hold.")
    return max(traces)


def _refuse_while_running(force: bool) -> None:
    if not force and (running := list(what_runs())):
        raise UpkeepFailed(f"{' and '.join(running)}. Stop Dailies first, or use --force if that is wrong.")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def what_runs() -> Iterator[str]:
    """Yield a phrase for each process of the installation that seems to be running."""
    if answers(settings.NEAR_HOST, settings.PORT):
        yield f"The web server answers on port {settings.PORT}"
    try:
        fresh = list(Heartbeat.fresh())
    except DatabaseError:  # the current database may be damaged or have no tables yet
        return
    for heartbeat in fresh:
        if not _is_gone(heartbeat.name):
            yield f"The worker {heartbeat.name} was active {_seconds_ago(heartbeat.at)} s ago"


def _is_gone(name: str) -> bool:
    """Whether the worker ran on this machine and its process has ended. False for workers of other machines."""
    host, _, pid = name.rpartition(":")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _seconds_ago(moment: datetime) -> int:
    return max(0, round((timezone.now() - moment).total_seconds()))


def _check(backup: Path, manifest: Manifest) -> None:
    """Verify the backup before anything is changed. Raises UpkeepFailed."""
    if manifest.database != connection.vendor:
        raise UpkeepFailed(
            f"This backup is of {manifest.database}, but this installation uses {connection.vendor}."
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise UpkeepFailed(
            f"This backup is from a newer version of Dailies: migration {newer[0]} is unknown here."
        )
    file = backup / manifest.file
    if not file.is_file() or digest_of(file) != manifest.digest:
        raise UpkeepFailed(f"{file} is missing, or has changed since the backup.")
    if store().verify(file) != manifest.counts:
        raise UpkeepFailed(f"{file} does not have the rows that its manifest lists.")


def _keep_aside() -> Path:
    """Back up the current database so that it can be restored. A damaged SQLite file is moved there as it is."""
    folder = settings.DATA_DIR / ASIDE
    try:
        return back_up(folder)
    except Damaged:
        if connection.vendor != "sqlite":
            raise
    damaged = folder / f"damaged-{datetime.now(UTC):%Y%m%d-%H%M%SZ}"
    damaged.mkdir(parents=True)
    store().move_aside(damaged)
    return damaged


def _put_in_place(backup: Path, manifest: Manifest) -> None:
    statements = list(hold_statements(manifest.taken_at, _next_revision(), connection.vendor))
    work = Path(tempfile.mkdtemp(prefix=".restore-", dir=settings.DATA_DIR))
    try:
        store().put_in_place(backup / manifest.file, statements, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _next_revision() -> int:
    """A revision higher than any that a browser has seen, which the backup's own may not be.

    If the current revision is lost, the time in seconds is used: counting never gets that far.
    """
    try:
        present = Revision.current()
    except DatabaseError:
        present = 0
    return present + LEAP if present else int(timezone.now().timestamp())
