"""Where files are brought and checked before they get their names: beside them, so that naming is a rename."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

INCOMING = ".incoming"  # below MEDIA_ROOT; no address leads there
ORPHAN_AFTER = 30 * 60  # seconds without a write: longer than any one step of a copy may take


@contextmanager
def temporary_file() -> Iterator[Path]:
    """A folder of its own, gone afterwards; what a killed process left is swept later."""
    parent = Path(settings.MEDIA_ROOT) / INCOMING
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="copy-", dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def sweep(older_than: float = ORPHAN_AFTER) -> int:
    """Remove what copies left behind that were killed, if nothing of it was written for so many seconds.

    Returns how many folders and partial files that were.
    """
    root = Path(settings.MEDIA_ROOT)
    orphans = [*(root / INCOMING).glob("*"), *(root / "clips").glob("*/.*.part")]
    return sum(_remove(path) for path in orphans if _last_write(path) < time.time() - older_than)


def _last_write(path: Path) -> float:
    times = [0.0]
    for one in (path, *path.rglob("*")):
        with suppress(FileNotFoundError):  # its owner is at work
            times.append(one.stat().st_mtime)
    return max(times)


def _remove(path: Path) -> bool:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()
