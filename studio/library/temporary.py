"""Temporary folders for files while they are downloaded and checked, on the same disk so that storing is a rename."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

INCOMING = ".incoming"  # below MEDIA_ROOT; it is never served
ORPHAN_AFTER = 30 * 60  # seconds without a write: longer than any step of a copy


@contextmanager
def temporary_file() -> Iterator[Path]:
    """A temporary folder, deleted afterwards. ``sweep`` deletes what a killed process left."""
    parent = Path(settings.MEDIA_ROOT) / INCOMING
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="copy-", dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def sweep(older_than: float = ORPHAN_AFTER) -> int:
    """Delete what killed copies left behind, if nothing was written to it for ``older_than`` seconds.

    Returns the number of folders and partial files.
    """
    root = Path(settings.MEDIA_ROOT)
    orphans = [*(root / INCOMING).glob("*"), *(root / "clips").glob("*/.*.part")]
    return sum(_remove(path) for path in orphans if _last_write(path) < time.time() - older_than)


def _last_write(path: Path) -> float:
    times = [0.0]
    for one in (path, *path.rglob("*")):
        with suppress(FileNotFoundError):  # it is still in use
            times.append(one.stat().st_mtime)
    return max(times)


def _remove(path: Path) -> bool:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()
