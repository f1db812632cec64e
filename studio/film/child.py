"""Runs one confined child: JSON in, JSON out, its whole process group ended if it does not end by itself."""

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
TICK = 0.2  # seconds between looks at ``cancelled``
_running: set[int] = set()  # process groups of the children of this process
_interrupted: set[int] = set()
MEMORY = 1000 * 2**20  # bytes; drawing takes up to 500 MiB (1080p), large photographs the rest
BROKEN = "The video work ended unexpectedly. The server's log has the details."
TOO_LONG = "It takes more computing time than one clip may use."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use. ``memory`` is its address space in bytes."""

    cpu_seconds: float
    wall_seconds: float
    memory: int = MEMORY


def run(
    order: Mapping[str, Any],
    folder: Path,
    limits: Limits,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Have a child carry out ``order`` in ``folder`` within ``limits``; return its result.

    Raises FilmError: with the child's own sentence, on a crash, at a limit, or when cancelled. No process of the
    child's group is left in any case, even if this thread is interrupted. Raises Interrupted, which says nothing
    about the order, when ``end_all`` ended the child.
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
    """The program is stopping: another one may carry out the same order."""


def end_all() -> None:
    """Kill every child that runs now: this process is about to end."""
    for group in list(_running):
        _interrupted.add(group)
        with suppress(ProcessLookupError, PermissionError):
            _kill(group)


def _start(folder: Path, stderr: int) -> subprocess.Popen[str]:
    # -P keeps the working folder off the import path: a file there must never be imported.
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
    """Nothing of ours, least of all keys: only what the interpreter needs to find the package and its feet."""
    bare = {"PYTHONPATH": str(PACKAGE_ROOT), "TMPDIR": str(folder), "OPENBLAS_NUM_THREADS": "1"}
    if root := os.environ.get("SYSTEMROOT"):  # without it Python does not start on Windows
        bare["SYSTEMROOT"] = root
    return bare


def _converse(
    process: subprocess.Popen[str], message: str, deadline: float, cancelled: Callable[[], bool]
) -> str:
    """Send ``message``, return all the child says until it closes its output."""
    limit = time.monotonic() + deadline
    said: str | None = message
    while True:
        try:
            return process.communicate(said, timeout=max(0.0, min(TICK, limit - time.monotonic())))[0]
        except subprocess.TimeoutExpired:
            said = None  # communicate keeps what it has not sent yet
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
        last_words = (folder / "stderr").read_bytes()[-2000:].decode(errors="replace")
        log.warning("film child ended with %s: %s", returncode, last_words)
        raise FilmError(BROKEN) from None
    if "error" in result:
        raise FilmError(result["error"])
    return dict(result["result"])
