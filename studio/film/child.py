"""Starts a confined child process, exchanges JSON with it, and kills its process group if it does not end."""

import json
import logging
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.film.orders import FilmError

log = logging.getLogger(__name__)

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
TICK = 0.2  # seconds between checks of ``cancelled``
_running: set[int] = set()  # process groups of the children of this process
_interrupted: set[int] = set()
MEMORY = 1000 * 2**20  # bytes; rendering needs up to 500 MiB (1080p), large photographs the rest
BROKEN = "The video work ended unexpectedly. The server's log has the details."
TOO_LONG = "It needs more computing time than a clip may use."


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one child. ``memory`` is its address space in bytes."""

    cpu_seconds: float
    wall_seconds: float
    memory: int = MEMORY


def run(
    order: Mapping[str, Any],
    folder: Path,
    limits: Limits,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Run a child that carries out ``order`` in ``folder`` within ``limits``; return its result.

    Raises FilmError with the child's own sentence, after a crash, at a limit, or if cancelled. Raises Interrupted if
    ``end_all`` killed the child; the order can then be tried again. No process of the child's group is left in any
    case, even if this thread is interrupted.
    """
    child_limits = {"cpu_seconds": math.ceil(limits.cpu_seconds), "memory": limits.memory}
    with (folder / "stderr").open("wb") as stderr:
        process = _start(folder, stderr.fileno())
        try:
            message = json.dumps({**order, "limits": child_limits})
            answer = _converse(process, message, limits.wall_seconds, cancelled)
        finally:
            _end(process)
    if process.pid in _interrupted:
        _interrupted.discard(process.pid)
        raise Interrupted
    return _read(answer, process.returncode, folder)


class Interrupted(Exception):
    """The child was killed because this process is stopping. Another process can carry out the order."""


def end_all() -> None:
    """Kill every running child, because this process is about to end."""
    for group in list(_running):
        _interrupted.add(group)
        with suppress(ProcessLookupError, PermissionError):
            _kill(group)


def _start(folder: Path, stderr: int) -> subprocess.Popen[str]:
    # -P removes the working folder from the import path: a file there must never be imported.
    process = subprocess.Popen(
        [sys.executable, "-P", "-X", "utf8", "-m", "studio.film"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
        text=True,
    )
    _running.add(process.pid)
    return process


def _environment(folder: Path) -> dict[str, str]:
    """The child's environment: only what the interpreter needs, and above all no keys."""
    bare = {"PYTHONPATH": str(PACKAGE_ROOT), "TMPDIR": str(folder), "OPENBLAS_NUM_THREADS": "1"}
    if root := os.environ.get("SYSTEMROOT"):  # without it Python does not start on Windows
        bare["SYSTEMROOT"] = root
    return bare


def _converse(
    process: subprocess.Popen[str], message: str, deadline: float, cancelled: Callable[[], bool]
) -> str:
    """Send ``message`` and return the child's whole output."""
    limit = time.monotonic() + deadline
    unsent: str | None = message
    while True:
        try:
            return process.communicate(unsent, timeout=max(0.0, min(TICK, limit - time.monotonic())))[0]
        except subprocess.TimeoutExpired:
            unsent = None  # communicate keeps what it has not sent yet
        if cancelled():
            raise FilmError("The clip was cancelled while it was being made.")
        if time.monotonic() >= limit:
            raise FilmError(
                f"The video work took longer than {deadline:g} second{'s' * (deadline != 1)} and was stopped."
            )


def _end(process: subprocess.Popen[str]) -> None:
    """Kill the group of a child that has not ended by itself, and reap it."""
    if process.returncode is None:
        _kill(process.pid)
        process.wait()
    _running.discard(process.pid)
    for pipe in (process.stdin, process.stdout):
        if pipe and not pipe.closed:
            pipe.close()


def _kill(group: int) -> None:
    if hasattr(os, "killpg"):
        os.killpg(group, signal.SIGKILL)
    else:  # a platform without process groups
        os.kill(group, signal.SIGTERM)


def _read(answer: str, returncode: int | None, folder: Path) -> dict[str, Any]:
    if returncode == -getattr(signal, "SIGXCPU", 0):
        raise FilmError(TOO_LONG)
    try:
        result = json.loads(answer)
    except ValueError:
        last_output = (folder / "stderr").read_bytes()[-2000:].decode(errors="replace")
        log.warning("The film process ended with exit code %s: %s", returncode, last_output)
        raise FilmError(BROKEN) from None
    if "error" in result:
        raise FilmError(result["error"])
    return dict(result["result"])
