"""Backs up the running installation. A backup gets its final name only after it has been verified.

FOLDER/dailies-20260102-030405Z/   manifest.json and the database; readable by its owner only
FOLDER/media/                      the clips, shared by all backups in the folder
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from studio.upkeep import files, postgresql, sqlite
from studio.upkeep.errors import Damaged, UpkeepFailed
from studio.upkeep.manifest import Manifest, digest_of

MEDIA = "media"
PREFIX = "dailies-"


def store() -> ModuleType:
    """The module that dumps, verifies and restores the kind of database in use."""
    return postgresql if connection.vendor == "postgresql" else sqlite


def back_up(folder: Path, *, media: bool = False, keep: int | None = None) -> Path:
    """Make a backup and return its folder. Raises UpkeepFailed, and then leaves no backup behind."""
    with _sentences(), _part(folder) as part:
        manifest = _dump(part)
        if media:
            manifest = replace(manifest, media=_keep_media(folder))
        manifest.write(part)
        for path in (*part.iterdir(), part):
            files.sync(path)
        backup = part.rename(_free_name(folder, manifest.taken_at))
        files.sync(folder)
        if keep is not None:
            _remove_older(folder, keep)
    return backup


def _free_name(folder: Path, taken_at: datetime) -> Path:
    name = f"{PREFIX}{taken_at:%Y%m%d-%H%M%SZ}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(folder / name for name in names if not (folder / name).exists())


def backups_in(folder: Path) -> list[tuple[Path, Manifest]]:
    """Backups that this command made, the oldest first."""
    found = []
    for path in folder.glob(f"{PREFIX}*"):
        try:
            found.append((path, Manifest.read(path)))
        except UpkeepFailed:
            continue
    return sorted(found, key=lambda pair: pair[1].taken_at)


def _dump(part: Path) -> Manifest:
    taken_at = datetime.now(UTC)  # earlier than the snapshot of the dump: see Manifest
    migrations = sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
    file = part / store().FILE
    counts = store().dump(file)
    if store().verify(file) != counts:
        raise UpkeepFailed("The copy does not have the same rows as the database.")
    return Manifest(taken_at, connection.vendor, file.name, digest_of(file), migrations, counts)


def _keep_media(folder: Path) -> dict[str, str]:
    if not isinstance(default_storage, FileSystemStorage):
        raise UpkeepFailed("The clips are not in a folder. Back up their storage with its own tools.")
    known: dict[str, str] = {}
    for _, manifest in backups_in(folder):
        known |= manifest.media or {}
    source = Path(settings.MEDIA_ROOT)
    return files.keep_media(source, folder / MEDIA, known)


def _remove_older(folder: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` backups, and the clips that only those contain."""
    made = backups_in(folder)
    old, rest = made[:-keep], made[-keep:]
    for path, _ in old:
        shutil.rmtree(path.rename(folder / f".removed-{path.name}"))
    gone = {name for _, manifest in old for name in manifest.media or ()}
    files.remove_media(folder / MEDIA, gone - {name for _, manifest in rest for name in manifest.media or ()})


@contextmanager
def _part(folder: Path) -> Iterator[Path]:
    """Create a folder with a hidden name, and remove it at the end unless it was renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise UpkeepFailed(f"{error.strerror or error}{where}.") from error
    except DatabaseError as error:
        # DatabaseError itself means a damaged file; its subclasses mean other trouble, such as a lock.
        kind = Damaged if type(error) is DatabaseError else UpkeepFailed
        raise kind(f"The database reports: {' '.join(str(error).split())}") from error
