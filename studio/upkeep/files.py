"""File operations that leave a complete file or none, even after a power failure."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from studio.upkeep.errors import UpkeepFailed
from studio.upkeep.manifest import digest_of


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place(source: Path, target: Path) -> None:
    """Create ``target`` as a hard link to ``source``, or as a copy if they are on different disks."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    sync(part)
    part.replace(target)
    sync(target.parent)


def names_below(folder: Path) -> Iterator[str]:
    """The path of every file below the folder, relative to it. Skips hidden ones, which are still being written."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()


def keep_media(source: Path, store: Path, known: dict[str, str]) -> dict[str, str]:
    """Copy files that are missing in ``store``. Returns the SHA-256 of all, from ``known`` where it has one.

    A file's name is derived from its content, so files with the same name and size are the same.
    """
    digests = {}
    for name in names_below(source):
        kept = store / name
        is_new = not kept.exists() or kept.stat().st_size != (source / name).stat().st_size
        if is_new:
            place(source / name, kept)
        digests[name] = digest_of(kept) if is_new or name not in known else known[name]
    return digests


def bring_back_media(store: Path, target: Path, digests: dict[str, str]) -> int:
    """Copy missing files into ``target``. Returns their number. Raises UpkeepFailed for a damaged one."""
    missing = [name for name in digests if not (target / name).exists()]
    for name in missing:
        if not (store / name).exists() or digest_of(store / name) != digests[name]:
            raise UpkeepFailed(f"The clip {name} is missing or damaged in the backup.")
        place(store / name, target / name)
    return len(missing)


def remove_media(store: Path, names: set[str]) -> None:
    for name in names:
        (store / name).unlink(missing_ok=True)
        with suppress(OSError):  # the folder still has other files
            (store / name).parent.rmdir()
