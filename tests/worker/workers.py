"""``manage.py worker`` as a real process, over the very database that the test reads and writes."""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.installation import ROOT
from tests.upstream.server import FakeStudio
from tests.worker.processes import Started, started, wait_for

IS_UNRELIABLE = os.environ.get("WAKEUPS") == "unreliable"
COMMAND = ["-m", "tests.worker.unreliable"] if IS_UNRELIABLE else [str(ROOT / "manage.py"), "worker"]


def environment(folder: Path, studio: FakeStudio) -> dict[str, str]:
    """``folder`` becomes the worker's DATA_DIR; two workers of one machine share it."""
    folder.mkdir(exist_ok=True)
    return {
        "DATA_DIR": str(folder),
        "STUDIO_BASE_URL": studio.url,
        "STUDIO_API_KEY": studio.key,
        "STUDIO_ALLOWED_HOSTS": studio.host,
        "SECRET_KEY": settings.SECRET_KEY,
        **_database(folder),
    }


def _database(folder: Path) -> dict[str, str]:
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        link = folder / "dailies.sqlite3"
        if not link.is_symlink():
            link.symlink_to(told["NAME"])
        return {}
    where = f"{quote(told['USER'])}@{told['HOST']}:{told['PORT']}"
    return {"DATABASE_URL": f"postgres://{where}/{told['NAME']}"}


def worker(folder: Path, studio: FakeStudio) -> AbstractContextManager[Started]:
    """Each call is one process; what it says is in a folder of its own."""
    told = environment(folder / "data", studio)
    said = folder / f"worker-{len(list(folder.glob('worker-*')))}"
    said.mkdir()
    return started(COMMAND, said, **told)


def has_said(process: Started, words: str) -> None:
    wait_for(lambda: words in process.err, f"the words {words!r}")
