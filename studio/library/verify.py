"""Whether what is kept is still there, byte for byte. Looks only: what is to be done, others decide."""

import hashlib
from collections.abc import Iterable

from django.core.files.storage import default_storage

from studio.library.errors import StorageTrouble, storage_at_work

NOT_MOUNTED = "The storage holds no clips at all: is its disk mounted, its bucket the right one?"


def fault_of(name: str, size: int, sha256: str) -> str:
    """What is wrong with a kept file, as a sentence; "" when every byte is there. Raises StorageTrouble."""
    with storage_at_work():
        try:
            found = default_storage.size(name)
            if found != size:
                return f"The kept file is damaged: it has {found:,} bytes instead of {size:,}."
            if sha256 and _digest(name) != sha256:
                return "The kept file is damaged: its content has changed."
        except FileNotFoundError:
            _expect_mounted()
            return "The kept file is gone."
    return ""


def all_there(names: Iterable[str]) -> bool:
    """Whether each of these is there. Raises StorageTrouble."""
    with storage_at_work():
        return all(default_storage.exists(name) for name in names if name)


def _digest(name: str) -> str:
    with default_storage.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _expect_mounted() -> None:
    """One file that is gone is a loss; all of them at once is a disk that is not mounted."""
    try:
        folders, files = default_storage.listdir("clips")
    except FileNotFoundError:
        folders, files = [], []
    if not folders and not files:
        raise StorageTrouble(NOT_MOUNTED)
