"""The network layer under httpx: one deadline for a whole request, and a record of whether any byte was sent.

httpx limits each read, but not the whole: a server that sends one byte per second never times out. And its exceptions
do not prove that nothing was sent. This module solves both, because all bytes pass through it.
"""

import functools
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

# Called with (host, port, resolved address). Raises if we must not connect to that address.
AddressPolicy = Callable[[str, int, str], None]


@dataclass(slots=True)
class Attempt:
    """One request under way. ``sent`` becomes true just before its first byte may leave this machine."""

    ends_at: float  # of time.monotonic()
    sent: bool = False

    def left(self) -> float:
        return self.ends_at - time.monotonic()


_attempt: ContextVar[Attempt] = ContextVar("attempt")


@contextmanager
def within_deadline(seconds: float) -> Iterator[Attempt]:
    """Everything that this thread does on a Wire within the block ends after ``seconds``.

    The only exception is the system's name resolution, which cannot be interrupted. It may end later, but nothing is
    sent after that.
    """
    this = Attempt(ends_at=time.monotonic() + seconds)
    token = _attempt.set(this)
    try:
        yield this
    finally:
        _attempt.reset(token)


class Wire(httpx.HTTPTransport):
    """An httpx transport that reads and writes under the current ``within_deadline``. No proxies, no retries."""

    def __init__(self, address_policy: AddressPolicy | None = None, *, kept_alive: int = 0) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        # httpx has no parameter for the network backend, so only its pool is replaced.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=20,
            max_keepalive_connections=kept_alive,
            keepalive_expiry=30,
            network_backend=_Dialer(address_policy),
        )


@functools.cache
def _tls() -> ssl.SSLContext:
    """Created once, because reading the certificates takes about 20 ms. Honours SSL_CERT_FILE and SSL_CERT_DIR."""
    return httpx.create_ssl_context()


class _Dialer(httpcore.NetworkBackend):
    """Resolves a host once, checks every address with the address_policy, and connects to those same addresses."""

    def __init__(self, address_policy: AddressPolicy | None) -> None:
        self._address_policy = address_policy or (lambda host, port, address: None)
        self._tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str
        | None = None,  # this and the next are part of httpcore's interface, but never passed
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolve(host, port)
        for address in addresses:
            self._address_policy(host, port, address)
        stream = self._connect_to_first(addresses, port, timeout)
        self._check_peer(stream, host, port)
        return _TimedStream(stream)

    def _connect_to_first(
        self, addresses: list[str], port: int, timeout: float | None
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("The name has no address.")
        for address in addresses:
            try:
                return self._tcp.connect_tcp(address, port, _connect_time(timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _check_peer(self, stream: httpcore.NetworkStream, host: str, port: int) -> None:
        try:
            self._address_policy(host, port, stream.get_extra_info("server_addr")[0])
        except BaseException:
            stream.close()
            raise


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_for(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        seconds = _time_for(timeout, httpcore.WriteTimeout)
        _attempt.get().sent = True
        self._stream.write(buffer, seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, _connect_time(timeout)))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str, port: int) -> list[str]:
    """The distinct addresses of a host, in the system's order of preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"The name cannot be resolved: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _time_for(timeout: float | None, late: type[Exception]) -> float:
    """Seconds that one step may take: its own limit, or the rest of the deadline if that is shorter."""
    left = _attempt.get().left()
    if left <= 0:
        raise late("The deadline has passed.")
    return left if timeout is None else min(timeout, left)


def _connect_time(timeout: float | None) -> float:
    return _time_for(timeout, httpcore.ConnectTimeout)
