"""Request bodies: read by the event loop, against a clock, and within bounds of size.

A body that nobody vouches for may have FREE bytes. What a larger one may have is asked of the application, which
knows who is signed in, before more is read.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

from studio.front.environ import Environ
from studio.front.refusals import Refused, busy

FREE = 16 * 1024  # bytes: forms before sign-in take less than 4 KB
GRACE = 15.0  # seconds that any body may take
LEAST_RATE = 4096  # bytes a second from then on, on average
IN_MEMORY = 256 * 1024  # bytes of one body; the rest is written to an unnamed file
ALL_AT_ONCE = 64 * 2**20  # bytes of all bodies that are being read or handled by this process
# An answer that comes while a client still sends is lost on many of them: so much more is read and dropped.
DROPPED, DROPPED_WITHIN = 8 * 2**20, 3.0  # bytes, seconds
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
TOO_SLOW = "The request took too long to arrive. Check the connection and try again."
NO_LENGTH = "A form must be sent with its length (Content-Length)."

type Chunks = AsyncIterator[bytes]
type Limit = Callable[[Environ], Awaitable[int]]


class ClientGone(Exception):
    """The client left before its request was complete."""


class Bodies:
    """Used from one event loop. ``limit`` gives the bytes that the sender of a request may send; what is not kept in
    memory is written to unnamed files in ``folder``."""

    def __init__(self, limit: Limit, folder: Path) -> None:
        self._limit = limit
        self.folder = folder
        self._held = 0

    async def read(self, environ: Environ, protocol: Any) -> "Body":
        """The body, complete. Raises Refused (408, 411, 413, 503), ClientGone."""
        declared = _declared(environ)
        body = Body(self)
        if declared == 0:
            return body
        try:
            await self._receive(body, declared, environ, aiter(protocol))
        except BaseException:
            body.close()
            raise
        return body

    async def _receive(self, body: "Body", declared: int | None, environ: Environ, chunks: Chunks) -> None:
        most = FREE
        if declared is not None and declared > most:
            most = await self._most(declared, environ, chunks)
        async for chunk in _in_time(chunks):
            if body.size + len(chunk) > most:
                most = await self._most(body.size + len(chunk), environ, chunks)
            await body.write(chunk)
        if declared is not None and body.size < declared:
            raise ClientGone
        body.finish(environ)

    async def _most(self, size: int, environ: Environ, chunks: Chunks) -> int:
        """What the sender may send, where that is at least ``size``. Raises Refused (413)."""
        most = max(FREE, await self._limit(environ))
        if size <= most:
            return most
        if "HTTP_EXPECT" not in environ and size <= DROPPED:
            await _drop(chunks)
        sentence = f"The request is too large: up to {most // 1024} KB can be sent to this address."
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)

    def hold(self, size: int) -> None:
        """Count ``size`` more bytes. Raises Refused (503)."""
        if self._held + size > ALL_AT_ONCE:
            raise busy()
        self._held += size

    def release(self, size: int) -> None:
        self._held -= size


class Body:
    """The bytes of one request, and their file once they are complete."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(bodies.folder))  # noqa: SIM115 closed by close()
        self.size = 0

    async def write(self, chunk: bytes) -> None:
        """Raises Refused (503)."""
        self._bodies.hold(len(chunk))
        self.size += len(chunk)
        if self.size > IN_MEMORY:  # the disk may be slow
            await asyncio.get_running_loop().run_in_executor(None, self._file.write, chunk)
        else:
            self._file.write(chunk)

    def finish(self, environ: Environ) -> None:
        """Into the environ, with its length: a body that came in chunks is like any other from here on."""
        environ["CONTENT_LENGTH"] = str(self.size)
        environ.pop("HTTP_TRANSFER_ENCODING", None)

    def open(self) -> IO[bytes]:
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._bodies.release(self.size)
        self.size = 0
        self._file.close()


def _declared(environ: Environ) -> int | None:
    """The length that the request states; None for one in chunks. Raises Refused (411) for a form in chunks:
    granian does not report that a client left in the middle of one, and half a form looks complete."""
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("CONTENT_TYPE", "").strip().lower().startswith(FORMS):
        raise Refused(HTTPStatus.LENGTH_REQUIRED, NO_LENGTH)
    return None


async def _in_time(chunks: Chunks) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises Refused (408) for one slower than GRACE and LEAST_RATE allow."""
    loop = asyncio.get_running_loop()
    until = loop.time() + GRACE
    while True:
        try:
            async with asyncio.timeout_at(until):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, TOO_SLOW) from None
        until += len(chunk) / LEAST_RATE
        yield chunk


async def _drop(chunks: Chunks) -> None:
    dropped = 0
    with suppress(TimeoutError, StopAsyncIteration):
        async with asyncio.timeout(DROPPED_WITHIN):
            while dropped <= DROPPED:
                dropped += len(await anext(chunks))
