"""Decompresses what a server compressed against our wish, in blocks, so that a zip bomb hits the byte limit."""

import zlib
from collections.abc import Iterator

# The content codings of HTTP that change bytes, and those that we can decode.
PACKINGS = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd", "dcb", "dcz"})
KNOWN = frozenset({"gzip", "x-gzip", "deflate"})
GZIP_MAGIC = b"\x1f\x8b"
BLOCK = 1 << 18  # bytes that one step decompresses at most


class NotWhole(ValueError):
    """The compressed data ends early, or is damaged."""


def unpacked(chunks: Iterator[bytes], packing: str) -> Iterator[bytes]:
    """The content of ``chunks``, compressed with one of KNOWN. Raises NotWhole.

    Data that only claims to be compressed is passed through: some servers name the coding in which they store a
    file, and send it decompressed.
    """
    head = b""
    while len(head) < len(GZIP_MAGIC) and (chunk := next(chunks, b"")):
        head += chunk
    form = _form(head, packing)
    if form is None:
        yield head
        yield from chunks
    else:
        yield from _inflated(_joined(head, chunks), form)


def _joined(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _form(head: bytes, packing: str) -> int | None:
    """The ``wbits`` for zlib; None if the data is not compressed."""
    if packing.endswith("gzip"):
        return zlib.MAX_WBITS | 16 if head.startswith(GZIP_MAGIC) else None
    is_zlib = len(head) > 1 and head[0] & 0x0F == 8 and int.from_bytes(head[:2]) % 31 == 0
    return zlib.MAX_WBITS if is_zlib else None


def _inflated(chunks: Iterator[bytes], form: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(form)
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, BLOCK)
                rest = unpacker.unconsumed_tail
        while not unpacker.eof and (block := unpacker.decompress(b"", BLOCK)):
            yield block
    except zlib.error as error:
        raise NotWhole from error
    if not unpacker.eof:
        raise NotWhole
