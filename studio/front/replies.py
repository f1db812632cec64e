"""Answers to a client: bytes in memory, or a part of a file that granian sends without a thread of ours."""

import asyncio
from dataclasses import dataclass
from typing import IO, Any

# Seconds until our own handle of an unnamed file is closed; granian opens its own within milliseconds.
KEPT_OPEN = 30.0

type Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes ``start`` to ``stop`` of the file at ``path``. ``opened`` is an unnamed file that must stay open until
    granian has opened it."""

    path: str
    start: int
    stop: int
    opened: IO[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Headers
    body: bytes | Segment = b""

    def send(self, protocol: Any, *, head: bool) -> None:
        """Hand it to granian, which sends it at the client's speed. ``head``: the request was a HEAD."""
        match self.body:
            case Segment(path, start, stop, opened):
                if head or start == stop:
                    protocol.response_empty(self.status, self.headers)
                else:
                    protocol.response_file_range(self.status, self.headers, path, start, stop)
                if opened:
                    asyncio.get_running_loop().call_later(KEPT_OPEN, opened.close)
            case body if body and not head:
                protocol.response_bytes(self.status, self.headers, body)
            case _:
                protocol.response_empty(self.status, self.headers)
