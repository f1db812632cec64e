"""The child: limits itself, reads one order from stdin, writes one JSON answer to stdout."""

import contextlib
import json
import os
import signal
import sys
from typing import Any

from studio.film.orders import FilmError

MEMORY = (
    1000 * 2**20
)  # bytes of address space; drawing takes up to 500 MiB (1080p), large photographs the rest
FILE_SIZE = 400 * 2**20  # bytes of any one file it writes
PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
UNREADABLE = "The file could not be read as a video or a picture."


def main() -> None:
    end_with_parent()
    order = json.load(sys.stdin)
    confine(cpu_seconds=int(order["seconds"]) + 1)
    json.dump(answer(order), sys.stdout)


def confine(cpu_seconds: int) -> None:
    """Take rights away from this process for good. Where the platform has no limits, go on without."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - not on every platform

        limits = {
            resource.RLIMIT_AS: MEMORY,
            resource.RLIMIT_CPU: cpu_seconds,
            resource.RLIMIT_FSIZE: FILE_SIZE,
            resource.RLIMIT_CORE: 0,
        }
        for kind, most in limits.items():
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))


def end_with_parent() -> None:
    """Have the kernel end this child with its parent, even with one that was killed. Linux only."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - nothing else needs it

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def answer(order: dict[str, Any]) -> dict[str, Any]:
    # The limits must stand before these libraries are loaded.
    from av.error import FFmpegError  # noqa: PLC0415
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    from studio.film.reel.tasks import carry_out  # noqa: PLC0415

    try:
        return {"result": carry_out(order)}
    except FilmError as error:
        return {"error": error.sentence}
    except MemoryError:
        return {"error": "The file needs more memory than one clip may take."}
    except (FFmpegError, UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError):
        sys.excepthook(*sys.exc_info())  # the details go to stderr, for the log
        return {"error": UNREADABLE}


if __name__ == "__main__":
    main()
