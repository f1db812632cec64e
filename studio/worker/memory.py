"""A machine, or a limit on its processes (``ulimit -v``, a container), that gives no more memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

WHY = (
    "This machine, or a limit on its processes, gives it no more memory or threads. A worker needs about 400 MB of "
    "addresses and 100 MB of memory, each of two web processes 240 MB and 90 MB."
)


@contextmanager
def shortage_said(what: str) -> Iterator[None]:
    """Ends the process with a sentence that begins with ``what``, where memory or threads run out."""
    try:
        yield
    except MemoryError:
        sys.exit(f"{what}: {WHY}")
    except RuntimeError as error:
        if "can't start new thread" not in str(error):
            raise
        sys.exit(f"{what}: {WHY}")
