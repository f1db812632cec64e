"""Workers that are killed: each is a process of its own, and dies by SIGKILL at the place that a test names.

``python -m tests.faults.doomed DATABASE`` reads one JSON order a line from its standard input, forks for each, and
tells two lines: the child's process id, then how it ended (-9: killed). It has loaded everything by then, so
that a worker costs the test some milliseconds.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.db import connection, connections

OF_A_CONNECTION = (
    "studio.jobs.dispatch.sending",
    "studio.jobs.sync.watching",
)  # rooms whose steps are taken for one


@dataclass
class Nursery:
    """The other end, for tests: ``start(step, …)``, perhaps ``kill()``, then ``ending()``."""

    folder: Path  # for what a killed process leaves behind

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.doomed", json.dumps(_whereabouts())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "TMPDIR": str(self.folder)},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def start(self, step: str, *, die_at: str = "", **settings: Any) -> int:
        """A worker that takes the step, for the default connection where it needs one; its process id.

        ``step`` and ``die_at`` are dotted names: instead of calling the latter, the process kills itself.
        """
        assert self._process.stdin
        order = {"step": step, "die_at": die_at, "settings": settings}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def ending(self) -> int:
        """The exit code of the worker that was started last: -9 when it was killed."""
        return self._heard()

    def kill(self, worker: int) -> None:
        """While it is at it; it must not have ended before."""
        os.kill(worker, signal.SIGKILL)
        assert self.ending() == -signal.SIGKILL

    def run(self, step: str, **more: Any) -> int:
        self.start(step, **more)
        return self.ending()

    def _heard(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


def _whereabouts() -> dict[str, Any]:
    """The database of this test run, which has another name than that of the settings."""
    told = connection.settings_dict
    return {name: str(told[name]) for name in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}


def main(whereabouts: dict[str, Any]) -> None:
    import django

    django.setup()
    for room in (*OF_A_CONNECTION, "studio.upstream.client", "studio.worker.steps.archive"):
        import_module(room)
    connections["default"].settings_dict.update(whereabouts)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(**json.loads(line))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _work(step: str, die_at: str, settings: dict[str, Any]) -> None:
    from django.conf import settings as ours

    from studio.catalog.connections import default_connection

    for name, value in settings.items():
        setattr(ours, name, Path(value) if name == "MEDIA_ROOT" else value)
    if die_at:
        setattr(*_place(die_at), _die)
    room, name = _place(step)
    target = [default_connection()] if room.__name__ in OF_A_CONNECTION else []
    getattr(room, name)(*target)
    os._exit(0)


def _place(dotted: str) -> tuple[Any, str]:
    room, _, name = dotted.rpartition(".")
    return import_module(room), name


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
