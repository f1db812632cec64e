"""Put a backup in the place of the present database, which is kept aside, with the queue held."""

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
LEAP = 1_000_000  # beyond any revision that an open tab has seen, also since the backup


@dataclass(frozen=True, slots=True)
class Restored:
    """``aside``: where the database that was there before is kept. ``media``: clips that were brought back."""

    manifest: Manifest
    aside: Path
    media: int


def restore(place: Path, *, force: bool = False) -> Restored:
    """``force``: although something seems to run. Raises UpkeepFailed with the present database untouched, or
    RestoredInPart.
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
            f"The backup is in place and its queue is held, but then: {_line(error)} "
            f"The database that was here before is kept in {aside}."
        ) from error
    return Restored(manifest, aside, brought)


def adopt(*, force: bool = False) -> datetime:
    """The present database is an old copy that was put here by other means: hold it as a restored backup.

    Returns the moment it counts as taken at: the last trace of life in it. Raises UpkeepFailed.
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
    """Earlier than the copy by seconds where a worker ran, and else by as long as nothing happened."""
    event, beat = Event.objects.order_by("pk").last(), Heartbeat.last_seen()
    traces = [trace.at.astimezone(UTC) for trace in (event, beat) if trace]
    if not traces:
        raise UpkeepFailed("The database here has never been used: there is nothing to hold.")
    return max(traces)


def _refuse_while_running(force: bool) -> None:
    if not force and (running := list(what_runs())):
        raise UpkeepFailed(f"{' and '.join(running)}. Stop Dailies first, or say --force if that is wrong.")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def what_runs() -> Iterator[str]:
    """What of the installation is at work, in words."""
    if answers(settings.NEAR_HOST, settings.PORT):
        yield f"The web server answers on port {settings.PORT}"
    try:
        fresh = list(Heartbeat.fresh())
    except DatabaseError:  # what is to be restored may be damaged, or have no tables yet
        return
    for heartbeat in fresh:
        if not _is_gone(heartbeat.name):
            yield f"The worker {heartbeat.name} was at work {_seconds_ago(heartbeat.at)} s ago"


def _is_gone(name: str) -> bool:
    """A worker of this machine whose process has ended; of another machine, that is not known."""
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
    """Everything that can be known before anything is changed."""
    if manifest.database != connection.vendor:
        raise UpkeepFailed(
            f"This backup is of {manifest.database}, and this installation has {connection.vendor}."
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise UpkeepFailed(f"This backup is of a newer Dailies: this one does not know {newer[0]}.")
    file = backup / manifest.file
    if not file.is_file() or digest_of(file) != manifest.digest:
        raise UpkeepFailed(f"{file} is missing, or is not the file that was backed up.")
    if store().verify(file) != manifest.counts:
        raise UpkeepFailed(f"{file} does not hold the rows that its manifest tells.")


def _keep_aside() -> Path:
    """The present database as a backup of its own, so that it can be restored, too; as it is where it is damaged."""
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
    """Above all that was ever shown. The backup's own is lower than the present one, unless that is lost: then
    the clock stands in for it, which no counting overtakes."""
    try:
        present = Revision.current()
    except DatabaseError:
        present = 0
    return present + LEAP if present else int(timezone.now().timestamp())
