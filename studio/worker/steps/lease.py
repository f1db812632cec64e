"""Keeps a lease alive while its worker works."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connections

LEASE = timedelta(seconds=90)  # after that, another worker takes over what a killed one had


@contextmanager
def renewed(renew: Callable[[timedelta], object], lease: timedelta = LEASE) -> Iterator[None]:
    """Call ``renew(lease)`` periodically within the block. It only stops if the whole process is suspended."""
    done = threading.Event()

    def keep_on() -> None:
        while not done.wait(lease.total_seconds() / 3):
            renew(lease)
        connections.close_all()

    thread = threading.Thread(target=keep_on, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
