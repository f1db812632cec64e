"""The only way to download a URL that others gave us: results, input images, and their redirects.

FetchError         carries ``sentence``, which can be shown to a person
├── Blocked        the address is not on the public internet, or is not an http(s) address
├── TooLarge       more bytes than allowed
├── Gone           403, 404, 410: it will not come back
└── Unreachable    anything else, which may pass: time-out, cut connection, 5xx, a wrong length

Importing it costs about 100 ms (httpx), so only the worker does.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from studio.contract.errors import StudioError
from studio.upstream import unpacking
from studio.upstream.addresses import is_public, is_web_port, names_host
from studio.upstream.wire import AddressPolicy, Wire, within_deadline

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TIMEOUT = httpx.Timeout(20.0, connect=10.0)  # seconds of silence; the deadline bounds the whole
ENDED_EARLY = "The file could not be fetched: it ended early."


class FetchError(StudioError):
    """The file could not be downloaded; nothing is left on disk."""


class Blocked(FetchError):
    """The address cannot or must not be requested. A retry will not help."""


class TooLarge(FetchError):
    """The file has more bytes than allowed."""


class Gone(FetchError):
    """403, 404 or 410: the file is not there, or we may no longer read it."""


class Unreachable(FetchError):
    """The download failed, but may work later."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete file on disk. ``content_type`` is the server's claim, without parameters: do not trust it."""

    path: Path
    content_type: str
    size: int  # bytes
    sha256: str  # hexadecimal


def fetch(
    url: str,
    into: Path,
    *,
    max_bytes: int,
    deadline: float,
    private_hosts: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """Download ``url`` to the path ``into`` within ``deadline`` seconds, including redirects.

    The file appears complete or not at all. ``private_hosts`` ("host" or "host:port") are allowed although they are
    private. ``headers`` are sent to the URL's own origin, but not to another one after a redirect.
    If the announced size exceeds the free disk space, nothing is downloaded: OSError (ENOSPC).
    Raises FetchError; an OSError of the disk passes through.
    """
    transport = Wire(address_policy(private_hosts))
    with (
        within_deadline(deadline),
        httpx.Client(transport=transport, timeout=TIMEOUT, trust_env=False) as client,
    ):
        try:
            with _opened(client, url, headers or {}) as response:
                return _saved(response, into, max_bytes)
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.DecodingError):
            failure: FetchError = Unreachable(
                "The file could not be fetched: the connection failed or was too slow."
            )
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            failure = Blocked("That is not an address that can be fetched.")
    raise failure


def address_policy(private_hosts: Sequence[str]) -> AddressPolicy:
    """A policy that allows public addresses and ``private_hosts``, and raises Blocked for others."""

    def check(host: str, port: int, address: str) -> None:
        if names_host(private_hosts, host, port):
            return
        if not is_web_port(port):
            raise Blocked(f"Files can’t be fetched from port {port} of {host}.")
        if not is_public(address):
            raise Blocked(f"{host} is not on the public internet, nor among STUDIO_ALLOWED_HOSTS.")

    return check


@contextmanager
def _opened(client: httpx.Client, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
    """The first answer that is not a redirect, as a stream; 200 or one of our errors."""
    target = checked(httpx.URL(url))
    origin = _origin(target)
    for _ in range(MOST_REDIRECTS + 1):
        own = headers if _origin(target) == origin else {}
        with client.stream("GET", target, headers={"Accept-Encoding": "identity", **own}) as response:
            if response.status_code not in REDIRECTS:
                _expect_ok(response)
                yield response
                return
            target = checked(target.join(response.headers.get("Location", "")))
    raise Unreachable("The file could not be fetched: too many redirects.")


def checked(url: httpx.URL) -> httpx.URL:
    """Raises Blocked for a URL that is not http(s), or that has a user name or password."""
    if url.scheme not in ("http", "https") or not url.host:
        raise Blocked("Only http and https addresses can be fetched.")
    if url.userinfo:
        raise Blocked("An address with a user name or password in it is not fetched.")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _expect_ok(response: httpx.Response) -> None:
    """Raises the error that the status stands for, unless it is a complete file."""
    status = response.status_code
    if status in (403, 404, 410):
        raise Gone(f"The file is no longer there (answer {status}).")
    if status == 206 and not _is_all(response.headers.get("Content-Range", "")):
        raise Unreachable("The file could not be fetched: only a part of it was sent.")
    if status not in (200, 203, 206):
        raise Unreachable(f"The file could not be fetched (answer {status}).")
    if packings := [name for name in _packings(response) if name not in unpacking.KNOWN]:
        raise Unreachable(
            f"The file could not be fetched: it is compressed with {packings[0]}, which we can’t read."
        )


def _is_all(content_range: str) -> bool:
    """Whether a Content-Range covers every byte: "bytes 0-99/100"."""
    match = re.fullmatch(r"\s*bytes\s+0-(\d{1,18})/(\d{1,18})\s*", content_range, re.ASCII | re.IGNORECASE)
    return match is not None and int(match[1]) + 1 == int(match[2])


def _packings(response: httpx.Response) -> list[str]:
    """The compressions of the answer, in the order in which they were applied.

    Servers put other things into the header: "aws-chunked" is how the file was uploaded, not how it is sent.
    """
    named = response.headers.get("Content-Encoding", "").lower().split(",")
    return [name for name in (part.strip() for part in named) if name in unpacking.PACKINGS]


def _saved(response: httpx.Response, into: Path, max_bytes: int) -> Fetched:
    announced = _announced_length(response)
    if announced is not None and announced > max_bytes:
        raise _too_large(max_bytes)
    _expect_room(into.parent, announced or 0)
    with _appearing_whole(into) as file:
        arrived, size, digest = _copy(response, file, max_bytes)
        if announced is not None and arrived != announced:
            raise Unreachable(ENDED_EARLY)
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(into, content_type, size, digest)


def _expect_room(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _announced_length(response: httpx.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _copy(response: httpx.Response, file: BinaryIO, max_bytes: int) -> tuple[int, int, str]:
    """Write the file, decompressing it if needed. Returns bytes received, bytes written, and the SHA-256."""
    arrived, size, digest = 0, 0, hashlib.sha256()

    def count(chunks: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal arrived
        for chunk in chunks:
            arrived += len(chunk)
            yield chunk

    blocks = count(response.iter_raw())
    for packing in reversed(_packings(response)):
        blocks = unpacking.unpacked(blocks, packing)
    try:
        for block in blocks:
            size += len(block)
            if size > max_bytes:
                raise _too_large(max_bytes)
            digest.update(block)
            file.write(block)
    except unpacking.NotWhole as error:
        raise Unreachable(ENDED_EARLY) from error
    return arrived, size, digest.hexdigest()


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The file is larger than {max_bytes / 1_000_000:g} MB.")


@contextmanager
def _appearing_whole(path: Path) -> Iterator[BinaryIO]:
    """A file under a temporary name next to ``path``, renamed when it is safe on disk, removed on error."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, on systems that allow opening folders."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
