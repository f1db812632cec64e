"""A whole installation for the tests of the gateway: web server, worker and sandbox, on a port of this machine."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from django.db import connection

from tests import tables
from tests.gateway.plain_client import PlainClient
from tests.installation import ROOT, free_port

CARETAKER = "import django; django.setup(); from tests.gateway.caretaker import serve; serve()"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A member of the installation, and a token of theirs by its number and its text."""

    member: int
    token: int
    text: str


class Home:
    """Entered, it serves and works; left, nothing of it runs. ``environment`` is the installation's own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.environment = {
            **os.environ,  # where tests.settings emptied what an installation reads
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "tests.gateway.settings",
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            **_database(folder),
            **environment,
        }
        self._asking = Lock()

    def __enter__(self) -> Self:
        self.caretaker = subprocess.Popen(
            [sys.executable, "-c", CARETAKER],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        try:
            self.ask("prepare")
            self.ask("start", name="worker")
            self.ask("start", name="web server")
            self.ask("knows_models")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.caretaker.__exit__(kind, error, trace)  # closes its input, which ends it

    def ask(self, deed: str, **arguments: Any) -> Any:
        """Have the caretaker do one of its DEEDS."""
        assert self.caretaker.stdin
        assert self.caretaker.stdout
        with self._asking:
            self.caretaker.stdin.write(json.dumps([deed, arguments]) + "\n")
            answer = self.caretaker.stdout.readline()
        said = json.loads(answer or '{"failed": "It has ended."}')
        assert "done" in said, f"The caretaker could not {deed}: {said['failed']}\n{self.log}"
        return said["done"]

    def newcomer(self, *scopes: str) -> Newcomer:
        return Newcomer(**self.ask("newcomer", scopes=list(scopes)))

    def client(self, newcomer: Newcomer, scheme: str = "Bearer ") -> PlainClient:
        return PlainClient(self.url, newcomer.text, scheme)

    @property
    def log(self) -> str:
        """All that its programs said so far."""
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""


def _database(folder: Path) -> dict[str, str]:
    """One of its own, with all tables."""
    if connection.vendor == "sqlite":
        tables.install_in(folder)
        return {}
    name = f"gateway_{uuid4().hex}"
    server = os.environ["TEST_DATABASE_URL"].rpartition("/")[0]
    tables.create_database(server, name)
    return {"DATABASE_URL": f"{server}/{name}"}
