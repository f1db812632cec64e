"""Moves a finished file into the storage under its final name, atomically.

On a file system that is a rename. An object store shows an upload only when its last byte has arrived.
"""

import errno
import hashlib
import os
import secrets
import shutil
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage

from studio.library.errors import StorageTrouble


def store(path: Path, name: str) -> str:
    """Store the file at ``path`` as ``name``, and return the name. The file may be moved away.

    An existing file is kept if it has the same content, else replaced. Errors are those of the storage.
    """
    if _holds(name, path):
        return name
    if (target := local_path(name)) is not None:
        _rename(path, target)
    else:
        _upload(path, name)
    return name


def local_path(name: str) -> Path | None:
    """The path of ``name`` in a storage on this machine; None for a remote storage."""
    return Path(default_storage.path(name)) if isinstance(default_storage, FileSystemStorage) else None


def _holds(name: str, path: Path) -> bool:
    try:
        if default_storage.size(name) != path.stat().st_size:
            return False
        with default_storage.open(name) as kept, path.open("rb") as file:
            return (
                hashlib.file_digest(kept, "sha256").digest() == hashlib.file_digest(file, "sha256").digest()
            )
    except FileNotFoundError:
        return False


def _rename(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    _sync(path)
    try:
        os.replace(path, target)
    except OSError as error:
        if (
            error.errno != errno.EXDEV
        ):  # another disk is mounted below: copy it next to the target, and rename that
            raise
        _rename_copy(path, target)
    for folder in (target.parent, target.parent.parent):
        _sync(folder)


def _rename_copy(path: Path, target: Path) -> None:
    partial = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        shutil.copyfile(path, partial)
        _sync(partial)
        os.replace(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    """Flush to disk, to survive a power cut; folders only if the system can open them."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _upload(path: Path, name: str) -> None:
    default_storage.delete(name)  # what is there differs: incomplete or damaged
    with path.open("rb") as file:
        saved = default_storage.save(name, File(file))
    if saved != name:  # another worker was first; names come from the content, so its file is the same
        default_storage.delete(saved)
    if default_storage.size(name) != path.stat().st_size:
        default_storage.delete(name)
        raise StorageTrouble
