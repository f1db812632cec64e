"""The child process: limits its own resources, reads one order from stdin and writes one JSON answer to stdout."""

import contextlib
import errno
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from studio.film.orders import FilmError

FILE_SIZE = 400 * 2**20  # bytes of each file it writes, at most
LAST_SECONDS = 5  # of CPU time between the signal at the limit and the kill
FIRST_TO_GO = "1000"  # oom_score_adj: the kernel kills it first if the machine runs out of memory
PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
TOO_MUCH = f"The result is larger than {FILE_SIZE // 2**20} MB."
UNREADABLE = "The file could not be read as a video or a picture."


def main() -> None:
    end_with_parent()
    order = json.load(sys.stdin)
    confine(**order["limits"])
    json.dump(answer(order), sys.stdout)


def confine(*, cpu_seconds: int, memory: int) -> None:
    """Limit this process permanently. Does nothing for limits that the platform does not support."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - not on every platform

        limits = {
            resource.RLIMIT_AS: (memory, memory),
            resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + LAST_SECONDS),
            resource.RLIMIT_FSIZE: (FILE_SIZE, FILE_SIZE),
            resource.RLIMIT_CORE: (0, 0),
        }
        for kind, most in limits.items():
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, most)


def end_with_parent() -> None:
    """Have the kernel kill this child when its parent ends, even if the parent is killed. Linux only."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - nothing else needs it

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def answer(order: dict[str, Any]) -> dict[str, Any]:
    # The limits must be set before these libraries are loaded.
    from av.error import FFmpegError  # noqa: PLC0415
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    from studio.film.reel.tasks import carry_out  # noqa: PLC0415

    try:
        return {"result": carry_out(order)}
    except FilmError as error:
        return {"error": error.sentence}
    except MemoryError:
        return {"error": "The file needs more memory than a clip may use."}
    except (FFmpegError, UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        sys.excepthook(*sys.exc_info())  # the details go to stderr, for the log
        is_large = getattr(error, "errno", None) == errno.EFBIG
        return {"error": TOO_MUCH if is_large else UNREADABLE}


if __name__ == "__main__":
    main()
