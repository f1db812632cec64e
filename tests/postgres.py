"""A PostgreSQL server to throw away, on a free port of this machine, in a folder of its own.

``python -m tests.postgres COMMAND …`` runs the command with DATABASE_URL and TEST_DATABASE_URL naming one.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Nothing of it survives a power cut, and nothing has to. Commits do survive a crash of the server alone.
FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}


class NoPostgres(RuntimeError):
    """There is no server to start here. ``str()`` is one sentence fit for a person."""


def programs() -> Path:
    """The folder of initdb and postgres: that of the PATH, else the newest of Debian's."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda path: float(path.parts[-3]), default=None)
    if newest is None:
        raise NoPostgres("PostgreSQL's initdb is not here. On Debian: apt-get install postgresql.")
    return newest.parent


@dataclass
class Server:
    """A running server. ``url`` names its first database, by TCP."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgres://dailies@127.0.0.1:{self.port}/dailies"

    @property
    def socket_url(self) -> str:
        return f"postgres://dailies@:{self.port}/dailies?host={self.folder}"

    def start(self) -> None:
        self._control("start", "-w", "-t", "30", "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """``immediate`` is a crash: nothing is written any more, and the next start recovers."""
        self._control("stop", "-w", "-t", "30", "-m", mode)

    def restart(self, mode: str = "fast") -> None:
        self._control("restart", "-w", "-t", "30", "-m", mode, "-l", str(self.folder / "log"))

    def _control(self, *arguments: str) -> None:
        _run("pg_ctl", "-D", str(self.folder / "data"), *arguments)


@contextmanager
def postgres() -> Iterator[Server]:
    """A new, empty server. Raises NoPostgres where none is installed."""
    programs()
    folder = Path(tempfile.mkdtemp(prefix="dailies-pg-"))
    server = Server(folder, _free_port())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, *_unprivileged())
        _run("initdb", "-D", str(folder / "data"), "-U", "dailies", "-A", "trust", "-E", "UTF8", "--no-sync")
        _configure(server)
        server.start()
        try:
            _run("createdb", "-h", str(folder), "-p", str(server.port), "-U", "dailies", "dailies")
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(server: Server) -> None:
    settings = {
        **FAST,
        "port": str(server.port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(server.folder),
    }
    with (server.folder / "data/postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _unprivileged() -> tuple[int, int]:
    """initdb and postgres refuse to run as root."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise NoPostgres("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def _run(program: str, *arguments: str) -> None:
    who: dict[str, Any] = (
        dict(zip(("user", "group"), _unprivileged(), strict=True)) if os.geteuid() == 0 else {}
    )
    if who:
        who["extra_groups"] = []
    with tempfile.TemporaryFile() as said:  # a file, not a pipe: the server would hold it open
        done = subprocess.run(
            [str(programs() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            timeout=110,
            **who,
        )
        said.seek(0)
        if done.returncode:
            raise NoPostgres(f"{program} failed: {said.read().decode(errors='replace').strip()}")


def main(command: list[str]) -> int:
    """The command's exit code. A signal to stop reaches the command, whose end stops the server."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    with postgres() as server:
        print(f"PostgreSQL at {server.url}, after {time.monotonic() - started:.1f} s", file=sys.stderr)
        names = {"DATABASE_URL": server.url, "TEST_DATABASE_URL": server.url}
        process = subprocess.Popen(command, env={**os.environ, **names})
        try:
            return process.wait()
        except KeyboardInterrupt:  # Ctrl-C reached the command, too
            return process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("Usage: python -m tests.postgres COMMAND …")
    try:
        sys.exit(main(sys.argv[1:]))
    except NoPostgres as error:
        sys.exit(str(error))
