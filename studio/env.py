"""Strict readers of the environment: a wrong value stops the start with one sentence that names it.

Every reader also takes ``NAME_FILE``, the path of a file that holds the value, for secrets kept out of
the environment.
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
SQLITE = b"SQLite format 3\0"  # what every database file begins with


class WrongEnvironment(UserFacingError, ImproperlyConfigured):
    """A setting in the environment cannot be used."""


def text(name: str, default: str = "") -> str:
    """The value without blanks around it; one that is set but empty counts as unset."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise WrongEnvironment(f"{name}_FILE names {path}, which cannot be read: {why}.") from error
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
    """One of ``choices``, "" when unset."""
    word = text(name).lower()
    if word and word not in choices:
        raise WrongEnvironment(f"{name} must be {' or '.join(choices)}, not {word!r}.")
    return word


def words(name: str) -> list[str]:
    """Comma-separated words, empty ones dropped."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def host(name: str, default: str) -> str:
    """A host's name or IP address; the brackets that IPv6 has in an address are taken off."""
    word = text(name, default)
    bare = _without_brackets(word)
    if not is_host(bare):
        raise WrongEnvironment(f"{name} must be a host's name or an IP address, not {word!r}.")
    return bare


def own_names() -> list[str]:
    """By what other machines reach this one, as far as it knows itself: its name and its addresses."""
    name = socket.gethostname()
    return [name, f"{name}.local", *_own_addresses()]


def _own_addresses() -> Iterator[str]:
    # Addresses kept for documentation. Connecting a datagram socket sends nothing: it picks the way out.
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            yield probe.getsockname()[0]


def served_hosts(name: str) -> list[str]:
    """Hosts as Django's ALLOWED_HOSTS takes them: ".example.com" is a whole domain, "*" is any."""
    for word in words(name):
        if word != "*" and not is_host(_without_brackets(word.removeprefix("."))):
            raise WrongEnvironment(f"{name} must hold names of hosts, without scheme and port, not {word!r}.")
    return words(name)


def hosts_with_ports(name: str) -> list[str]:
    """Hosts, or "host:port" (IPv6 in brackets before a port)."""
    for word in words(name):
        bare = word if is_host(word) else re.sub(r":[0-9]{1,5}$", "", word)
        if not is_host(_without_brackets(bare)):
            raise WrongEnvironment(f"{name} must hold hosts, as host or host:port, not {word!r}.")
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
        raise WrongEnvironment(f"{name} is not an e-mail address: {word!r}.") from None
    return word


def http_url(name: str) -> str:
    """An http(s) address without its trailing slash, or "" when unset. Sign-in data or a query are refused."""
    word = text(name)
    try:
        return base_address(word) if word else ""
    except ValueError as error:
        raise WrongEnvironment(f"{name} {error}") from None


def origin(name: str) -> str:
    """Scheme, host and port of the address that people open, or "" when unset."""
    word = http_url(name)
    if urlsplit(word).path:
        raise WrongEnvironment(
            f"{name} must end after the host: Dailies needs a host of its own, not a path."
        )
    return word


def origins(name: str) -> list[str]:
    """Origins as browsers spell them, such as https://app.example.com; or "*" alone, which is any."""
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
        raise WrongEnvironment(f"{name} must hold origins, which end after the host and port, not {word!r}.")
    usual_port = {"http": 80, "https": 443}[parts.scheme]
    netloc = parts.netloc.removesuffix(f":{usual_port}")
    return f"{parts.scheme}://{netloc}".lower()


def secret(name: str) -> str:
    """What is sent in a header: visible ASCII, or "" when unset."""
    word = text(name)
    if not all("!" <= letter <= "~" for letter in word):
        raise WrongEnvironment(f"{name} holds a blank or a letter that no key can hold.")
    return word


def encryption_keys(name: str) -> list[str]:
    """Keys divided by blanks or commas, the newest first: each is 32 bytes in URL-safe base64."""
    keys = text(name).replace(",", " ").split()
    if not all(_is_encryption_key(key) for key in keys):
        raise WrongEnvironment(f"{name} holds something else than 32 bytes in URL-safe base64.")
    return keys


def _is_encryption_key(word: str) -> bool:
    try:
        return len(base64.b64decode(word, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def new_encryption_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def kept_secret(name: str, path: Path, make: Callable[[], str]) -> str:
    """What the file holds; made when there is none, whole or not at all, and by one process only."""
    try:
        if not path.exists():
            with NamedTemporaryFile(
                "w", dir=path.parent, encoding="utf-8"
            ) as file:  # only its owner may read it
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
                with suppress(FileExistsError):
                    os.link(file.name, path)
        kept = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongEnvironment(f"{name} holds {path.name}, which cannot be read or made.") from error
    if not kept:
        raise WrongEnvironment(f"{name} holds {path.name}, which is empty: remove it, and a new one is made.")
    return kept


def sqlite_file(name: str, path: Path) -> Path:
    """A database below the folder that ``name`` names; it need not exist yet."""
    try:
        if path.exists():
            with path.open("rb+") as file:
                head = file.read(len(SQLITE))
            if head and head != SQLITE:
                raise WrongEnvironment(f"{name} holds {path.name}, which is not a database of Dailies.")
    except OSError as error:
        raise WrongEnvironment(f"{name} holds {path}, which cannot be used: {error.strerror}.") from error
    return path


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
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongEnvironment(f"{path.name} cannot be read as text.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line
