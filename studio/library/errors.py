"""Why a file could not be stored.

CannotCopy       a problem of the clip: counted, tried again, and reported in the end
StorageTrouble   a problem of our storage: it ends when someone fixes it, and says nothing about the clip
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from studio.core.errors import UserFacingError
from studio.film import Interrupted

FULL = (errno.ENOSPC, errno.EDQUOT)
DISK_FULL = "The disk is full. The copy resumes automatically when there is space again."
UNREACHABLE = "The storage for clips is not available. The copy resumes automatically when it is back."


class CannotCopy(UserFacingError):
    """A file could not be downloaded, or is not what it should be.

    ``gone``: the address reports that nothing is there, or that we may no longer read it. ``blocked``: it must not be
    requested, now or later.
    """

    def __init__(self, sentence: str, *, gone: bool = False, blocked: bool = False) -> None:
        super().__init__(sentence)
        self.gone = gone
        self.blocked = blocked


class StorageTrouble(UserFacingError):
    """The disk is full, or the storage does not accept or return files."""

    def __init__(self, sentence: str = UNREACHABLE) -> None:
        super().__init__(sentence)


@contextmanager
def storage_at_work() -> Iterator[None]:
    """Turn any error of a storage within the block into StorageTrouble: each kind of storage has errors of its own.

    CannotCopy, and the signal that the worker is stopping, pass through.
    """
    try:
        yield
    except (CannotCopy, StorageTrouble, Interrupted):
        raise
    except OSError as error:
        raise StorageTrouble(DISK_FULL if error.errno in FULL else UNREACHABLE) from error
    except Exception as error:
        raise StorageTrouble from error
