"""Why a file could not be kept.

CannotBring      the clip's trouble: counted, tried again, and told at last
StorageTrouble   ours: it passes when somebody mends it, and says nothing of the clip
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from studio.core.errors import UserFacingError
from studio.film import Interrupted

FULL = (errno.ENOSPC, errno.EDQUOT)
DISK_FULL = "The disk is full. The copy is made by itself as soon as there is room again."
UNREACHABLE = "The storage for clips cannot be used. The copy is made by itself as soon as it can be again."


class CannotBring(UserFacingError):
    """A file could not be fetched or is not what it should be.

    ``gone``: the address itself says that nothing is there, or no longer for us. ``blocked``: it must not be
    asked at all, now or later.
    """

    def __init__(self, sentence: str, *, gone: bool = False, blocked: bool = False) -> None:
        super().__init__(sentence)
        self.gone = gone
        self.blocked = blocked


class StorageTrouble(UserFacingError):
    """The disk is full, or the storage does not take or give files."""

    def __init__(self, sentence: str = UNREACHABLE) -> None:
        super().__init__(sentence)


@contextmanager
def storage_at_work() -> Iterator[None]:
    """Whatever a storage raises in here is StorageTrouble: each kind has errors of its own, unknown to us.

    What is told by name passes: CannotBring, and that the worker is stopping.
    """
    try:
        yield
    except (CannotBring, StorageTrouble, Interrupted):
        raise
    except OSError as error:
        raise StorageTrouble(DISK_FULL if error.errno in FULL else UNREACHABLE) from error
    except Exception as error:
        raise StorageTrouble from error
