"""A lease that does not run out while its worker is at work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connections

LEASE = timedelta(seconds=90)  # what a killed worker had is taken up soon after


@contextmanager
def renewed(renew: Callable[[timedelta], object], lease: timedelta = LEASE) -> Iterator[None]:
    """While this is open ``renew(lease)`` is called again and again, unless this whole process is stopped."""
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
