"""Strict readers of the environment: a wrong value stops the start with one sentence that names it.

Every reader also takes ``NAME_FILE``, the path of a file that holds the value, for secrets kept out of
the environment.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


class WrongEnvironment(ImproperlyConfigured):
    """A setting in the environment cannot be used. ``str()`` is one sentence fit for a person."""


def text(name: str, default: str = "") -> str:
    """The value without blanks around it; one that is set but empty counts as unset."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise WrongEnvironment(f"{name}_FILE names {path}, which cannot be read: {error}.") from error
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    word = text(name).lower()
    if not word:
        return default
    if word not in TRUE | FALSE:
        raise WrongEnvironment(f"{name} must be 1 or 0, not {word!r}.")
    return word in TRUE


def integer(name: str, default: int, *, least: int, most: int) -> int:
    word = text(name)
    if not word:
        return default
    if not word.isdecimal() or not least <= int(word) <= most:
        raise WrongEnvironment(f"{name} must be a whole number from {least} to {most}, not {word!r}.")
    return int(word)


def words(name: str) -> list[str]:
    """Comma-separated words, empty ones dropped."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def time_zone(name: str, default: str) -> str:
    word = text(name, default)
    try:
        ZoneInfo(word)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise WrongEnvironment(f"{name} must be a time zone such as Europe/Berlin, not {word!r}.") from error
    return word


def email(name: str, default: str) -> str:
    word = text(name, default)
    try:
        validate_email(word)
    except ValidationError:
        raise WrongEnvironment(f"{name} is not an e-mail address: {word!r}.") from None
    return word


def http_url(name: str) -> str:
    """An http(s) address without its trailing slash, or "" when unset. Sign-in data or a query are refused."""
    word = text(name)
    if not word:
        return ""
    try:
        parts = urlsplit(word)
        _ = parts.port
    except ValueError:
        raise WrongEnvironment(f"{name} is not an address: {word!r}.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongEnvironment(f"{name} must be an address such as https://api.example.com, not {word!r}.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongEnvironment(f"{name} must not hold a user, password, query or fragment.")
    return word.rstrip("/")


def folder(name: str, default: Path) -> Path:
    """A folder that exists afterwards and can be written to."""
    path = Path(text(name) or default).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongEnvironment(f"{name} names {path}, which cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise WrongEnvironment(f"{name} names {path}, which cannot be written to.")
    return path


def read_dotenv(path: Path) -> None:
    """Load ``KEY=value`` lines from ``path``; what the environment already holds wins."""
    if not path.is_file():
        return
    for number, line in _numbered_lines(path):
        key, found, value = line.partition("=")
        if not found or not key.strip().isidentifier():
            raise WrongEnvironment(f"Line {number} of {path.name} is not of the form NAME=value.")
        os.environ.setdefault(key.strip(), value.strip().strip("\"'"))


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line
