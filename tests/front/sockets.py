"""Clients as the front may meet them: complete, slow, half gone."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    closed: bool = False  # by the server, after the answer

    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


def connect(port: int, sent: bytes = b"", *, timeout: float = 30, receives: int = 0) -> socket.socket:
    """``receives``: bytes of the receive buffer, for a client whose kernel takes little while it does not read."""
    client = socket.socket()
    if receives:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    client.settimeout(timeout)
    try:
        client.connect(("127.0.0.1", port))
        client.sendall(sent)
    except OSError:
        client.close()
        raise
    return client


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Header names with underscores for hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if body or method == "POST":
        headers.setdefault("Content_Length", str(len(body)))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def read(client: socket.socket, *, head: bool = False) -> Answer:
    """One answer; ``closed`` where the connection ended before or within it."""
    with client.makefile("rb") as stream:
        first = stream.readline()
        if not first:
            return Answer(0, {}, b"", closed=True)
        headers = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = b"" if head else stream.read(int(headers.get("content-length", 0)))
    return Answer(int(first.split()[1]), headers, body)


def ask(port: int, sent: bytes, *, head: bool = False) -> Answer:
    with connect(port, sent) as client:
        answer = read(client, head=head)
        if answer.headers.get("connection") != "close":
            return answer
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
        return Answer(answer.status, answer.headers, answer.body, closed=True)


def get(port: int, path: str, **headers: str) -> Answer:
    return ask(port, request("GET", path, b"", **headers))


@contextmanager
def held(port: int, count: int, sent: bytes, **options: Any) -> Iterator[list[socket.socket]]:
    """Many clients at once that have sent ``sent`` and then do nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(connect(port, sent, **options)) for _ in range(count)]


def slowest(port: int, path: str, times: int = 20) -> float:
    """Seconds that the slowest of some requests took; each on a new connection, and each has to be answered."""
    longest = 0.0
    for _ in range(times):
        start = time.monotonic()
        assert get(port, path).status in (200, 204)
        longest = max(longest, time.monotonic() - start)
    return longest
