"""Clips in an S3-compatible bucket, with django-storages (the extra ``s3``)."""

import io
from typing import Any

from botocore.exceptions import ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

READ_AHEAD = 256 * 1024  # bytes


class BucketStorage(S3Storage):  # type: ignore[misc]  # django-storages has no annotations
    """Reads files in parts: django-storages would download a whole film for its last kilobyte."""

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            opened: File[bytes] = super()._open(name, mode)
            return opened
        reader = _ObjectReader(self.bucket.Object(self._normalize_name(clean_name(name))))
        file = File(io.BufferedReader(reader, READ_AHEAD), name)
        file.size = reader.size
        return file


class _ObjectReader(io.RawIOBase):
    """A stored object as a file. Nothing is requested until it is read, and then only from that position on."""

    def __init__(self, stored: Any) -> None:
        self._stored = stored
        self._at = 0
        self._body: Any = None
        try:
            self.size = int(stored.content_length)
            self._version = stored.e_tag
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError("There is no such file in the bucket.") from error
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if start + offset != self._at:
            self._drop_body()
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        if self._body is None:  # always the same version, even if the object is replaced
            answer = self._stored.get(Range=f"bytes={self._at}-", IfMatch=self._version)
            self._body = answer["Body"]
        block = self._body.read(len(buffer))
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def close(self) -> None:
        self._drop_body()
        super().close()

    def _drop_body(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
