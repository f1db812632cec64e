"""Real processes in tests: start one, wait for what it does, see what is left of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.installation import ROOT


def wait_for[T](condition: Callable[[], T], what: str, seconds: float = 30) -> T:
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)
    return result


def is_running(pid: int) -> bool:
    """A zombie has ended: it only waits to be counted."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
            except OSError:
                continue  # ended meanwhile
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return [one for one in found[1:] if is_running(one)]


def _stat(pid: int) -> list[str]:
    """State, parent and so on; the name before them may hold spaces and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


class Started:
    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self.folder = folder

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def started(arguments: list[str], folder: Path, **environment: str) -> Iterator[Started]:
    """Runs ``python <arguments>`` in a folder that is not the project's; nothing of it outlives the test."""
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
            stdout=out,
            stderr=err,
        )
    try:
        yield Started(process, folder)
    finally:
        family = [process.pid, *descendants(process.pid)]
        for pid in family:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait(10)
