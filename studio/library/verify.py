"""Checks whether stored files are still there, byte for byte. It changes nothing; callers decide what to do."""

import hashlib
from collections.abc import Iterable

from django.core.files.storage import default_storage

from studio.library.errors import StorageTrouble, storage_at_work

NOT_MOUNTED = (
    "The storage has no clips at all. Check that its disk is mounted and its bucket is the right one."
)


def fault_of(name: str, size: int, sha256: str) -> str:
    """What is wrong with a stored file, as a sentence; "" if every byte is there. Raises StorageTrouble."""
    with storage_at_work():
        try:
            found = default_storage.size(name)
            if found != size:
                return f"The stored file is damaged: it has {found:,} bytes instead of {size:,}."
            if sha256 and _digest(name) != sha256:
                return "The stored file is damaged: its content has changed."
        except FileNotFoundError:
            _expect_mounted()
            return "The stored file is missing."
    return ""


def all_there(names: Iterable[str]) -> bool:
    """Whether all of these files exist. Raises StorageTrouble."""
    with storage_at_work():
        return all(default_storage.exists(name) for name in names if name)


def _digest(name: str) -> str:
    with default_storage.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _expect_mounted() -> None:
    """One missing file is a loss; if all are missing, the disk is probably not mounted. Raises StorageTrouble."""
    try:
        folders, files = default_storage.listdir("clips")
    except FileNotFoundError:
        folders, files = [], []
    if not folders and not files:
        raise StorageTrouble(NOT_MOUNTED)
