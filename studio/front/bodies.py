"""Reads request bodies on the event loop, within limits of time and size.

Anyone may send FREE bytes. For a larger body the application, which knows who is signed in, is asked for the limit
before more is read.
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
GRACE = 15.0  # seconds for any body
LEAST_RATE = 4096  # bytes per second after that, on average
IN_MEMORY = 256 * 1024  # bytes of one body; the rest is written to an unnamed file
ALL_AT_ONCE = 64 * 2**20  # bytes of all bodies that this process is reading or handling
# Many clients lose an answer that comes while they still send, so this much more is read and discarded.
DROPPED, DROPPED_WITHIN = 8 * 2**20, 3.0  # bytes, seconds
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
TOO_SLOW = "The request took too long to arrive. Check the connection and try again."
NO_LENGTH = "A form must be sent with its length (Content-Length)."

type Chunks = AsyncIterator[bytes]
type Limit = Callable[[Environ], Awaitable[int]]


class ClientGone(Exception):
    """The client left before its request was complete."""


class Bodies:
    """``limit`` returns the maximum size for the sender of a request. Large bodies are written
    to unnamed files in ``folder``."""

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
        """The sender's limit, if it is at least ``size``. Raises Refused (413)."""
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
        """Set the length in the environ, so that a chunked body looks like any other."""
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
    """The stated length; None for a chunked body. Raises Refused (411) for a chunked form: granian does not report
    that a client left in the middle of it, and half a form looks complete."""
    if "HTTP_TRANSFER_ENCODING" not in environ:
        return int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("CONTENT_TYPE", "").strip().lower().startswith(FORMS):
        raise Refused(HTTPStatus.LENGTH_REQUIRED, NO_LENGTH)
    return None


async def _in_time(chunks: Chunks) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises Refused (408) if it is slower than GRACE and LEAST_RATE allow."""
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
