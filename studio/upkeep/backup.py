"""A backup of the running installation: taken, read back, and only then given its name.

FOLDER/dailies-20260102-030405Z/   manifest.json and the database; read by its owner alone
FOLDER/media/                      the clips, shared by all backups of the folder
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
    """How the database in use is dumped, verified and put in place."""
    return postgresql if connection.vendor == "postgresql" else sqlite


def back_up(folder: Path, *, media: bool = False, keep: int | None = None) -> Path:
    """Returns the new backup's folder. Raises UpkeepFailed, and leaves nothing under a backup's name."""
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
    """Those that this command made, the oldest first."""
    found = []
    for path in folder.glob(f"{PREFIX}*"):
        try:
            found.append((path, Manifest.read(path)))
        except UpkeepFailed:
            continue
    return sorted(found, key=lambda pair: pair[1].taken_at)


def _dump(part: Path) -> Manifest:
    taken_at = datetime.now(UTC)  # before the dump's own moment: see Manifest
    migrations = sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
    file = part / store().FILE
    counts = store().dump(file)
    if store().verify(file) != counts:
        raise UpkeepFailed("The copy does not hold the rows that the database held.")
    return Manifest(taken_at, connection.vendor, file.name, digest_of(file), migrations, counts)


def _keep_media(folder: Path) -> dict[str, str]:
    if not isinstance(default_storage, FileSystemStorage):
        raise UpkeepFailed("The clips are not kept in a folder: back up their storage with its own means.")
    known: dict[str, str] = {}
    for _, manifest in backups_in(folder):
        known |= manifest.media or {}
    source = Path(settings.MEDIA_ROOT)
    return files.keep_media(source, folder / MEDIA, known)


def _remove_older(folder: Path, keep: int) -> None:
    """Of the backups that we made, all but the newest; and the clips that only those had."""
    made = backups_in(folder)
    old, rest = made[:-keep], made[-keep:]
    for path, _ in old:
        shutil.rmtree(path.rename(folder / f".removed-{path.name}"))
    gone = {name for _, manifest in old for name in manifest.media or ()}
    files.remove_media(folder / MEDIA, gone - {name for _, manifest in rest for name in manifest.media or ()})


@contextmanager
def _part(folder: Path) -> Iterator[Path]:
    """A folder under a hidden name; gone afterwards, unless it was given another."""
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
        kind = (
            Damaged if type(error) is DatabaseError else UpkeepFailed
        )  # its subclasses say that it is in use
        raise kind(f"The database says: {' '.join(str(error).split())}") from error
