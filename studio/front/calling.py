"""Calls the WSGI application in a thread: from environ to Reply."""

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from studio.front.environ import Environ
from studio.front.refusals import busy
from studio.front.replies import Headers, Reply, Segment

type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Bytes of an answer that are kept in memory. A longer one is written to an unnamed file at the application's own speed,
# which frees its thread even if the client reads slowly. Larger than the part of a film that a player requests.
IN_MEMORY = 2 * 2**20 + 64 * 1024


class FileWrapper:
    """``wsgi.file_wrapper``: keeps the file that the application sends. Iterable, as PEP 3333 requires."""

    def __init__(self, file: Any, block_size: int = 64 * 1024) -> None:
        self.file = file
        self.block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(self.block_size), b"")

    def close(self) -> None:
        if hasattr(self.file, "close"):
            self.file.close()


class Calls:
    """At most ``long`` answers at a time are written to files in ``folder``; others are refused with 503."""

    def __init__(self, application: Application, folder: Path, long: int) -> None:
        self._application = application
        self._folder = folder
        self._long = threading.BoundedSemaphore(long)

    def call(self, environ: Environ) -> Reply:
        """Raises Refused (503), and anything that the application raises."""
        begun: list[tuple[str, Headers]] = []
        environ["wsgi.file_wrapper"] = FileWrapper
        result = self._application(environ, lambda status, headers, *_: begun.append((status, headers)))
        try:
            body = _segment(result, begun) or self._collected(result)
        finally:
            if close := getattr(result, "close", None):
                close()
        status, headers = begun[-1]
        if isinstance(body, Segment) and _length(headers) is None:
            headers = [*headers, ("Content-Length", str(body.stop - body.start))]
        return Reply(int(status[:3]), headers, body)

    def _collected(self, chunks: Iterable[bytes]) -> bytes | Segment:
        kept: list[bytes] = []
        size, rest = 0, iter(chunks)
        for chunk in rest:
            kept.append(chunk)
            size += len(chunk)
            if size > IN_MEMORY:
                return self._written(kept, rest)
        return b"".join(kept)

    def _written(self, first: list[bytes], rest: Iterator[bytes]) -> Segment:
        if not self._long.acquire(blocking=False):
            raise busy(retry_after=10)
        try:
            file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 granian reads it later
            try:
                file.writelines(first)
                file.writelines(rest)
                file.flush()
                return Segment(f"/dev/fd/{file.fileno()}", 0, file.tell(), file)
            except BaseException:
                file.close()
                raise
        finally:
            self._long.release()


def _segment(result: Iterable[bytes], begun: list[tuple[str, Headers]]) -> Segment | None:
    """The part of a local file that makes up the answer; None for anything else."""
    if not isinstance(result, FileWrapper):
        return None
    path, start, length = getattr(result.file, "name", None), _position(result.file), _length(begun[-1][1])
    if start is None or length is None or not isinstance(path, str) or not Path(path).is_absolute():
        return None
    return Segment(path, start, start + length)


def _position(file: IO[bytes]) -> int | None:
    """None if there is no file descriptor."""
    try:
        file.fileno()
        return file.tell()
    except (AttributeError, OSError, ValueError):
        return None


def _length(headers: Headers) -> int | None:
    return next((int(value) for name, value in headers if name.lower() == "content-length"), None)
