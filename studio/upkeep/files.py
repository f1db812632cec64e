"""Files that are there whole or not at all, also after a power cut."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from studio.upkeep.errors import UpkeepFailed
from studio.upkeep.manifest import digest_of


def sync(path: Path) -> None:
    """Returns when a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place(source: Path, target: Path) -> None:
    """A second name for the same bytes, or a copy where that cannot be: on another disk."""
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
    """Every file, as a path below the folder; hidden ones are being written."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()


def keep_media(source: Path, store: Path, known: dict[str, str]) -> dict[str, str]:
    """Bring into ``store`` what it has not. Returns the SHA-256 of all, taken from ``known`` where it can be.

    A file is named by its content and never changes: the same name and size are the same file.
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
    """Put what is missing into ``target``. Returns how many files. Raises UpkeepFailed for a damaged one."""
    missing = [name for name in digests if not (target / name).exists()]
    for name in missing:
        if not (store / name).exists() or digest_of(store / name) != digests[name]:
            raise UpkeepFailed(f"The clip {name} is missing or damaged in the backup.")
        place(store / name, target / name)
    return len(missing)


def remove_media(store: Path, names: set[str]) -> None:
    for name in names:
        (store / name).unlink(missing_ok=True)
        with suppress(OSError):  # others are still in it
            (store / name).parent.rmdir()
