"""Some bytes of a stored file, as a file of their own."""

from typing import Any

from django.core.files.base import File


class FilePart:
    """What ``wsgi.file_wrapper`` takes. Where the file lies on this machine, ``fileno`` works and ``name`` is its path:
    the web server then sends the bytes from ``tell`` on itself, as many as Content-Length says.
    """

    def __init__(self, file: "File[bytes]", part: range) -> None:
        self._file = file
        self._part = part
        self._at = part.start
        self.name = file.name

    def read(self, size: int = -1) -> bytes:
        left = self._part.stop - self._at
        wanted = left if size < 0 else min(size, left)
        if self._at == self._part.start:  # the file was read for its type before
            self._file.seek(self._at)
        block: bytes = self._file.read(wanted) if wanted else b""
        self._at += len(block)
        return block

    def tell(self) -> int:
        return self._at

    def fileno(self) -> Any:
        """Raises OSError or AttributeError for a file that is elsewhere."""
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
