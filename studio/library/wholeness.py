"""Detects files that were cut off, by their own table of contents. No decoder decides what counts as a clip.

Only certain cases count. A file of a kind that does not state its length is accepted.
"""

import mmap
from pathlib import Path

MOST_PARTS = 1_000_000  # boxes or chunks that are checked; a file with more is accepted
UNKNOWN = -1  # a length that the file does not state
BOXES = frozenset(  # boxes at the top level of an MP4
    b"ftyp moov mdat moof mfra free skip wide uuid meta udta sidx ssix styp pdin emsg prft pnot PICT".split()
)


def is_cut(path: Path, kind: str | None) -> bool:
    """Whether the end of the file at ``path``, of the type ``kind``, is missing."""
    judge = JUDGES.get(kind or "")
    if judge is None or path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return judge(content)


def _mp4(content: mmap.mmap) -> bool:
    """True if the last box reaches beyond the end, or the index is missing."""
    at, has_index, size = 0, False, len(content)
    for _ in range(MOST_PARTS):
        if at + 8 > size:
            return not has_index
        length, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if length == 1:
            length = int.from_bytes(content[at + 8 : at + 16])
        has_index = has_index or name in (b"moov", b"moof")
        # A box without a length reaches to the end of the file; anything that is not a box was appended to the film.
        if length < 8 or name not in BOXES:
            return not has_index
        at += length
        if at > size:
            return True
    return False


def _matroska(content: mmap.mmap) -> bool:
    """True if the segment, which holds everything, reaches beyond the end."""
    at = 0
    for _ in range(3):  # the header, an optional filler, the segment
        name, at = content[at : at + 4], at + _width(content, at)
        length, at = _length(content, at)
        if name == b"\x18\x53\x80\x67":
            return length != UNKNOWN and at + length > len(content)
        if length == UNKNOWN or at + length > len(content):
            return True
        at += length
    return False


def _width(content: mmap.mmap, at: int) -> int:
    """The size in bytes of a variable-length number, given by its leading zeros."""
    first = content[at] if at < len(content) else 0
    return 9 - first.bit_length() if first else 1


def _length(content: mmap.mmap, at: int) -> tuple[int, int]:
    """The length at ``at``, and the position after it."""
    width = _width(content, at)
    number = int.from_bytes(content[at : at + width]) & ((1 << 7 * width) - 1)
    return (UNKNOWN if number == (1 << 7 * width) - 1 else number), at + width


def _riff(content: mmap.mmap) -> bool:
    """True if the first list reaches beyond the end. A recorder that did not know the size wrote 0 or the maximum."""
    size = int.from_bytes(content[4:8], "little")
    return size not in (0, 0xFFFFFFFF) and size + 8 > len(content) + 1  # the padding byte is often missing


def _png(content: mmap.mmap) -> bool:
    at = 8
    for _ in range(MOST_PARTS):
        length, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        at += 12 + length
        if at > len(content):
            return True
        if name == b"IEND":
            return False
    return False


def _jpeg(content: mmap.mmap) -> bool:
    """True if there is no end marker after the start of the image data, in which it cannot occur."""
    at = 2
    for _ in range(MOST_PARTS):
        while content[at : at + 2] == b"\xff\xff":  # padding
            at += 1
        if at + 4 > len(content):
            return True
        if content[at + 1] == 0xDA:
            return content.find(b"\xff\xd9", at) < 0
        at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4]))
    return False


JUDGES = {
    "video/mp4": _mp4,
    "video/quicktime": _mp4,
    "audio/mp4": _mp4,
    "video/webm": _matroska,
    "video/x-matroska": _matroska,
    "video/x-msvideo": _riff,
    "audio/wav": _riff,
    "image/webp": _riff,
    "image/png": _png,
    "image/jpeg": _jpeg,
}
