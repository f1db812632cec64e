"""The tools of Node.js that package-lock.json names, installed once below the virtual environment."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json")
# No scripts of packages are run, and nothing but the registry is asked for anything.
NPM_CI = [
    "npm",
    "ci",
    "--ignore-scripts",
    "--omit=optional",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
]
QUIET = {
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "SCARF_ANALYTICS": "false",
    "DO_NOT_TRACK": "1",
    "NO_UPDATE_NOTIFIER": "1",
}


class CannotInstall(Exception):
    """Node.js or npm is missing, or the registry did not answer. ``str()`` says which."""


def tools() -> Path:
    """The folder that holds ``node_modules``; another for each lock file. Raises CannotInstall."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    folder = Path(sys.prefix) / "openapi-tools" / digest
    if not folder.exists():
        _install(folder)
    return folder


def run(
    *command: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """``node`` with a file of the tools, such as "typescript/bin/tsc", and its arguments. The result says how it
    ended.
    """
    program, *arguments = command
    return subprocess.run(
        ["node", tools() / "node_modules" / program, *arguments],
        cwd=cwd,
        env={**os.environ, **QUIET, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def _install(folder: Path) -> None:
    """Whole or not at all: of several processes that install at a time, the first one's folder stays."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise CannotInstall(f"{program} is not installed. On Debian: apt-get install nodejs npm.")
    folder.parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as temporary:
        fresh = Path(temporary) / "tools"
        fresh.mkdir()
        for name in FILES:
            shutil.copy(HERE / name, fresh)
        done = subprocess.run(NPM_CI, cwd=fresh, env={**os.environ, **QUIET}, capture_output=True, text=True)
        if done.returncode:
            raise CannotInstall(f"npm ci failed: {done.stderr.strip() or done.stdout.strip()}")
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.exists():
                raise
