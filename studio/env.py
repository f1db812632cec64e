"""Reads and validates environment variables. A wrong value stops the start with a sentence that names the variable.

Every function also accepts ``NAME_FILE``, the path of a file with the value, to keep secrets out of the environment.
"""

import base64
import os
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from studio.contract.hosts import base_address, is_host
from studio.core.errors import UserFacingError

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
SQLITE = b"SQLite format 3\0"  # the first bytes of every database file


class WrongEnvironment(UserFacingError, ImproperlyConfigured):
    """A setting in the environment cannot be used."""


def text(name: str, default: str = "") -> str:
    """The value without surrounding whitespace, or ``default`` if it is unset or empty."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise WrongEnvironment(f"{name}_FILE is {path}, which cannot be read: {why}.") from error
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
    if not (word.isascii() and word.isdecimal()) or not least <= int(word) <= most:
        raise WrongEnvironment(f"{name} must be a whole number from {least} to {most}, not {word!r}.")
    return int(word)


def choice(name: str, choices: Sequence[str]) -> str:
    """One of ``choices``, or "" if unset."""
    word = text(name).lower()
    if word and word not in choices:
        raise WrongEnvironment(f"{name} must be {' or '.join(choices)}, not {word!r}.")
    return word


def words(name: str) -> list[str]:
    """Comma-separated words, without empty ones."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def host(name: str, default: str) -> str:
    """A host name or an IP address, without the brackets of an IPv6 address."""
    word = text(name, default)
    bare = _without_brackets(word)
    if not is_host(bare):
        raise WrongEnvironment(f"{name} must be a host name or an IP address, not {word!r}.")
    return bare


def own_names() -> list[str]:
    """This machine's own host names and IP addresses, by which others on the network can reach it."""
    name = socket.gethostname()
    return [name, f"{name}.local", *_own_addresses()]


def _own_addresses() -> Iterator[str]:
    # Addresses reserved for documentation. Connecting a UDP socket sends nothing; it only selects the local address.
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            yield probe.getsockname()[0]


def served_hosts(name: str) -> list[str]:
    """Hosts for Django's ALLOWED_HOSTS: ".example.com" is a domain with its subdomains, "*" is any host."""
    for word in words(name):
        if word != "*" and not is_host(_without_brackets(word.removeprefix("."))):
            raise WrongEnvironment(f"{name} must list host names without scheme and port, not {word!r}.")
    return words(name)


def hosts_with_ports(name: str) -> list[str]:
    """Hosts as "host" or "host:port" (IPv6 in brackets before a port)."""
    for word in words(name):
        bare = word if is_host(word) else re.sub(r":[0-9]{1,5}$", "", word)
        if not is_host(_without_brackets(bare)):
            raise WrongEnvironment(f"{name} must list hosts as host or host:port, not {word!r}.")
    return words(name)


def _without_brackets(word: str) -> str:
    return word[1:-1] if word.startswith("[") and word.endswith("]") else word


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
        raise WrongEnvironment(f"{name} must be an e-mail address, not {word!r}.") from None
    return word


def http_url(name: str) -> str:
    """An http(s) URL without a trailing slash, or "" if unset. Rejects credentials and a query."""
    word = text(name)
    try:
        return base_address(word) if word else ""
    except ValueError as error:
        raise WrongEnvironment(f"{name} {error}") from None


def origin(name: str) -> str:
    """A URL of scheme, host and optional port, or "" if unset."""
    word = http_url(name)
    if urlsplit(word).path:
        raise WrongEnvironment(
            f"{name} must end after the host. Dailies cannot run below a path; it needs its own host."
        )
    return word


def origins(name: str) -> list[str]:
    """Origins as browsers send them, such as https://app.example.com; or only "*", which is any."""
    found = words(name)
    if found == ["*"]:
        return found
    return [_origin(name, word) for word in found]


def _origin(name: str, word: str) -> str:
    try:
        parts = urlsplit(base_address(word))
    except ValueError as error:
        raise WrongEnvironment(f"{name} {error}") from None
    if parts.path:
        raise WrongEnvironment(f"{name} must list origins, which end after the host and port, not {word!r}.")
    usual_port = {"http": 80, "https": 443}[parts.scheme]
    netloc = parts.netloc.removesuffix(f":{usual_port}")
    return f"{parts.scheme}://{netloc}".lower()


def secret(name: str) -> str:
    """A secret that is sent in a header: visible ASCII, or "" if unset."""
    word = text(name)
    if not all("!" <= letter <= "~" for letter in word):
        raise WrongEnvironment(f"{name} contains a space or a character that is not allowed in a key.")
    return word


def encryption_keys(name: str) -> list[str]:
    """Keys separated by spaces or commas, the newest first: each is 32 bytes in URL-safe base64."""
    keys = text(name).replace(",", " ").split()
    if not all(_is_encryption_key(key) for key in keys):
        raise WrongEnvironment(f"{name} must contain keys of 32 bytes in URL-safe base64.")
    return keys


def _is_encryption_key(word: str) -> bool:
    try:
        return len(base64.b64decode(word, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def new_encryption_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def kept_secret(name: str, path: Path, make: Callable[[], str]) -> str:
    """The secret in the file at ``path``; ``name`` is the setting for its folder.

    If there is no file, one is created with ``make()``: atomically, and by one process only.
    """
    try:
        if not path.exists():
            # Only its owner can read it.
            with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
                with suppress(FileExistsError):
                    os.link(file.name, path)
        kept = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongEnvironment(f"{name} has a file {path.name} that cannot be read or created.") from error
    if not kept:
        raise WrongEnvironment(f"{name} has an empty file {path.name}. Delete it to create a new one.")
    return kept


def sqlite_file(name: str, path: Path) -> Path:
    """The path of a SQLite database that need not exist yet; ``name`` is the setting for its folder."""
    try:
        if path.exists():
            with path.open("rb+") as file:
                head = file.read(len(SQLITE))
            if head and head != SQLITE:
                raise WrongEnvironment(f"{name} has a file {path.name} that is not a database of Dailies.")
    except OSError as error:
        raise WrongEnvironment(f"{name} has a file {path} that cannot be used: {error.strerror}.") from error
    return path


def folder(name: str, default: Path) -> Path:
    """A writable folder, created if necessary."""
    path = Path(text(name) or default).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongEnvironment(f"{name} is {path}, which cannot be created: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise WrongEnvironment(f"{name} is {path}, which is not writable.")
    return path


def read_dotenv(path: Path) -> None:
    """Load ``KEY=value`` lines from ``path``. Variables that are already set take precedence."""
    if not path.is_file():
        return
    for number, line in _numbered_lines(path):
        key, found, value = line.partition("=")
        if not found or not key.strip().isidentifier():
            raise WrongEnvironment(f"Line {number} of {path.name} must have the form NAME=value.")
        os.environ.setdefault(key.strip(), value.strip().strip("\"'"))


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongEnvironment(f"{path.name} cannot be read as text.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line
