"""A whole installation as a person starts it: its own folder, its own port, web server and worker."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"https?://\S+/welcome/\S+")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """Started on entering, stopped by Ctrl-C on leaving. ``output`` is all that it printed so far."""

    def __init__(
        self,
        data_dir: Path,
        *,
        command: list[str] | None = None,
        folder: Path = ROOT,
        patience: float = 180,
        **environment: str,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = command or [sys.executable, "manage.py", "up"]
        self.folder = folder
        self.patience = patience
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("STUDIO_", "DJANGO_"))
            and name not in ("SECRET_KEY", "ENCRYPTION_KEY", "PUBLIC_URL", "DEBUG")
        }
        self.environment = {**kept, "DATA_DIR": str(data_dir), "PORT": str(self.port), **environment}
        self.lines: list[str] = []
        self._heard: Queue[str] = Queue()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self.link = self._wait_for_link()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        try:
            for line in self.process.stdout:
                self.lines.append(line)
                self._heard.put(line)
        except ValueError:  # closed on leaving
            pass

    def _wait_for_link(self) -> str:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                line = self._heard.get(timeout=0.2)
            except Empty:
                if self.process.poll() is not None:
                    break
                continue
            if found := LINK.search(line):
                return found.group()
        raise AssertionError(f"No sign-in link was printed:\n{self.output}")


ASK = """
import sys, time
from uuid import uuid4
from django.db import transaction
from studio.catalog.models import StudioModel
from studio.contract.request import GenerateRequest
from studio.jobs.submit import Intent, submit
from studio.team.models import Member
while not (model := StudioModel.objects.filter(slug="veo31_fast").first()):
    time.sleep(0.1)
with transaction.atomic():  # or the worker begins with the first before the last is there
    for number in range(int(sys.argv[1])):
        request = GenerateRequest(
            "veo31_fast", prompt=f"clip number {number}", aspect_ratio="16:9", duration_seconds=8
        )
        submit(Intent(Member.objects.get(), model, request, uuid4()))
"""


def ask_for_clips(home: Installation, number: int) -> None:
    """Queue clips as the create page would, from outside the running installation."""
    start = "import django; django.setup();"
    subprocess.run(
        [sys.executable, "-c", f"{start}\n{ASK}", str(number)],
        cwd=home.folder,
        env={**home.environment, "DJANGO_SETTINGS_MODULE": "studio.settings"},
        check=True,
        timeout=120,
    )
