"""Exits with an explanation if a machine, or a limit on its processes, has no more memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

WHY = (
    "This machine, or a limit on its processes (ulimit -v, a container), has no more memory or threads. A worker needs "
    "about 400 MB of addresses and 100 MB of memory, each of two web processes 240 MB and 90 MB."
)


@contextmanager
def exit_on_shortage(what: str) -> Iterator[None]:
    """Exits with a sentence that starts with ``what`` if memory or threads run out within the block."""
    try:
        yield
    except MemoryError:
        sys.exit(f"{what}: {WHY}")
    except RuntimeError as error:
        if "can't start new thread" not in str(error):
            raise
        sys.exit(f"{what}: {WHY}")
