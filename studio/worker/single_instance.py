"""SQLite allows one writer at a time, so only one worker may run on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.files import locks
from django.db import connection

from studio.core.errors import UserFacingError


class AnotherWorker(UserFacingError):
    """A second worker was started over SQLite; ``sentence`` names the first."""

    def __init__(self, pid: str) -> None:
        super().__init__(
            f"Another worker{f' (process {pid})' if pid else ''} already uses {settings.DATA_DIR}. "
            "SQLite allows only one worker; to run several, use PostgreSQL."
        )


@contextmanager
def single_worker_lock() -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends. Raises AnotherWorker."""
    if connection.vendor != "sqlite":
        yield
        return
    with (settings.DATA_DIR / "worker.lock").open("a+") as file:
        if not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            file.seek(0)
            raise AnotherWorker(file.read().strip())
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
