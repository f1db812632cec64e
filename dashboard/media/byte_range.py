"""The Range header of a request for a file (RFC 9110, section 14)."""

import re

# More than 18 digits name no byte of any file, and would cost time to read.
ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class OutOfRange(ValueError):
    """A well-formed range that holds no byte of the file: 416."""


def byte_range(header: str, size: int) -> range | None:
    """The bytes asked for of a file of ``size`` bytes; None where the whole file is the answer.

    That is so without a range, with one that cannot be read, and with several at once: a server may ignore
    them, and no player sends them. Raises OutOfRange.
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
