import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.front.sockets import get
from tests.installation import ROOT, free_port
from tests.worker.processes import wait_for


class Server:
    """Granian with the application of tests.front.echo."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        arguments = ["--interface=rsgi", "--http=1", f"--port={self.port}", "--no-ws", "--log-level=warning"]
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", *arguments, "--http1-header-read-timeout=1500",
             "--workers-kill-timeout=10", "tests.front.echo:served"],
            cwd=ROOT,
            env={"ECHO_FOLDER": str(folder), "PYTHONPATH": str(ROOT)},
            stderr=self.log,
        )  # fmt: skip
        wait_for(self._is_up, "granian", 60)

    def _is_up(self) -> bool:
        try:
            return get(self.port, "/healthz").status == 200
        except OSError:
            return False

    @property
    def called(self) -> list[str]:
        """The requests that reached the application, since the last time this was cleared."""
        record = self.folder / "called"
        return record.read_text().splitlines() if record.exists() else []

    def forget(self) -> None:
        for name in ("called", "closed", "asleep"):
            (self.folder / name).unlink(missing_ok=True)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.log.close()
        return code


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("echo"))
    yield server
    server.stop()


@pytest.fixture
def server(one_server: Server) -> Server:
    one_server.forget()
    return one_server
