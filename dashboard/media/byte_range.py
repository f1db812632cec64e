"""The Range header of a request for a file (RFC 9110, section 14)."""

import re

# No file is large enough for more than 18 digits, and parsing very long numbers is slow.
ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class OutOfRange(ValueError):
    """A well-formed range that contains no byte of the file: answer 416."""


def byte_range(header: str, size: int) -> range | None:
    """The requested part of a file of ``size`` bytes, or None for the whole file.

    The whole file is sent without a range, for an invalid one, and for several ranges: a server may ignore them, and
    no player sends them. Raises OutOfRange.
    """
    match = ONE_RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        return _suffix(int(last), size)
    if last != "" and int(last) < int(first):
        return None
    if int(first) >= size:
        raise OutOfRange
    return range(int(first), min(int(last) + 1, size) if last else size)


def _suffix(length: int, size: int) -> range | None:
    if length == 0:
        raise OutOfRange
    return range(max(0, size - length), size) if size else None
