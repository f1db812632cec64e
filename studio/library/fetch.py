"""Copies the file at an address to a local file: from our own storage, or downloaded through the guard."""

import shutil
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.storage import default_storage

from studio.library.errors import CannotCopy

MOST_BYTES = 2_000_000_000
DEADLINE = 300.0  # seconds


def own_media_name(url: str) -> str:
    """The storage name of an address of this installation's own media, or "" for any other address."""
    parts = urlsplit(url)
    own = urlsplit(settings.PUBLIC_URL)
    elsewhere = (parts.scheme, parts.netloc) not in (("", ""), (own.scheme, own.netloc))
    if elsewhere or not parts.path.startswith(settings.MEDIA_URL):
        return ""
    name = PurePosixPath(unquote(parts.path.removeprefix(settings.MEDIA_URL)))
    return "" if name.is_absolute() or ".." in name.parts else str(name)


def fetch(url: str, into: Path) -> Path:
    """Copy the file at ``url`` to ``into`` and return it.

    Raises CannotCopy. Errors of our own disk and storage pass through. Leaves no partial file.
    """
    if name := own_media_name(url):
        return from_storage(name, into)
    return _from_outside(url, into)


def from_storage(name: str, into: Path) -> Path:
    """Copy the stored file ``name`` to ``into``. Raises CannotCopy if it is missing."""
    try:
        with default_storage.open(name) as source, into.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise CannotCopy("That file is no longer here.", gone=True) from error
    except BaseException:
        into.unlink(missing_ok=True)
        raise
    return into


def _from_outside(url: str, into: Path) -> Path:
    from studio.upstream.guard import Blocked, FetchError, Gone, fetch  # noqa: PLC0415 - httpx costs 116 ms at start

    hosts = [*settings.STUDIO_ALLOWED_HOSTS, *_studio_host()]
    try:
        fetch(url, into, max_bytes=MOST_BYTES, deadline=DEADLINE, private_hosts=hosts)
    except FetchError as error:
        raise CannotCopy(
            error.sentence, gone=isinstance(error, Gone), blocked=isinstance(error, Blocked)
        ) from error
    return into


def _studio_host() -> list[str]:
    """The studio's own host and port. An admin chose it, so its clips may come from a private network."""
    base = urlsplit(settings.STUDIO_BASE_URL)
    if not base.hostname:
        return []
    host = f"[{base.hostname}]" if ":" in base.hostname else base.hostname
    return [f"{host}:{base.port or (443 if base.scheme == 'https' else 80)}"]
