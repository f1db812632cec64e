"""A part of a stored file, as a file-like object."""

from typing import Any

from django.core.files.base import File


class FilePart:
    """Fits ``wsgi.file_wrapper``. For a local file, ``fileno`` works and ``name`` is its path. The web server then
    sends the bytes itself: from ``tell()``, as many as Content-Length says.
    """

    def __init__(self, file: "File[bytes]", part: range) -> None:
        self._file = file
        self._part = part
        self._at = part.start
        self.name = file.name

    def read(self, size: int = -1) -> bytes:
        left = self._part.stop - self._at
        wanted = left if size < 0 else min(size, left)
        if self._at == self._part.start:  # its first bytes were read before, for the content type
            self._file.seek(self._at)
        block: bytes = self._file.read(wanted) if wanted else b""
        self._at += len(block)
        return block

    def tell(self) -> int:
        return self._at

    def fileno(self) -> Any:
        """Raises OSError or AttributeError if the file is not local."""
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
