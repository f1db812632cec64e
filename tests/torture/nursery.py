"""Workers by the thousand: a parent that has everything imported forks a real ``manage.py worker`` for each life.

A life so costs milliseconds instead of a second, and a kill is a real ``kill -9`` of a real process. The parent
does the killing itself: a process that it has not waited for keeps its number, so that nobody else is hit.
"""

import ctypes
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Nursery:
    """Starts and ends workers. They log to ``log``, and none of them outlives it."""

    def __init__(self, log: Path, damage: str = "none") -> None:
        self._command = [sys.executable, "-m", "tests.torture.nursery", damage]
        self.log = log

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._parent = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parent.communicate()  # the end of its input is its end, and theirs
        assert self._parent.returncode == 0, self.log.read_text()

    def start(self) -> int:
        """The process id of a new worker."""
        return self._ask("start 0")

    def end(self, pid: int, how: signal.Signals = signal.SIGKILL) -> int:
        """End a worker and return its exit code; minus the number of the signal that ended it."""
        return self._ask(f"{how.value} {pid}")

    def _ask(self, line: str) -> int:
        assert self._parent.stdin
        assert self._parent.stdout
        self._parent.stdin.write(f"{line}\n")
        self._parent.stdin.flush()
        answer = self._parent.stdout.readline()
        assert answer, f"The parent of the workers is gone:\n{self.log.read_text()}"
        return int(answer)


def main(damage: str) -> None:
    import django

    django.setup()
    from django.db import connections

    from studio.jobs.dispatch import sending
    from studio.jobs.sync import repeated, restored
    from studio.upstream import client, guard  # noqa: F401 - imported once for all lives
    from studio.worker.steps import archive
    from studio.worker.supervision.preparation import is_migrated
    from tests.torture.damage import DAMAGES

    assert is_migrated()
    assert archive.PAUSES  # the calm after the kills need not last for all tries of a copy
    archive.PAUSES = (timedelta(seconds=1),) * len(archive.PAUSES)
    sending.REDIRECT_WAIT = sending.KEY_WAIT = timedelta(seconds=1)  # nor for a request that was not accepted
    # Longer than the upstream's history is ever stale.
    restored.READINGS_APART = repeated.READINGS_APART = timedelta(seconds=4)  # type: ignore[attr-defined]  # its copy
    sending.LEASE = timedelta(seconds=75)  # as with the product's own deadline: no recovery waits for it
    DAMAGES[damage]()
    connections.close_all()
    for line in sys.stdin:
        order, pid = line.split()
        print(_born() if order == "start" else _ended(int(pid), int(order)), flush=True)


def _born() -> int:
    return os.fork() or _live()


def _live() -> NoReturn:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from django.core.management import call_command

    code = 1
    try:
        call_command("worker")
        code = 0
    finally:
        os._exit(code)


def _ended(pid: int, number: int) -> int:
    os.kill(pid, number)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main(sys.argv[1])
