"""The Range header, against the words of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.media.byte_range import OutOfRange, byte_range

SIZES = st.integers(0, 200)
NUMBERS = st.integers(0, 300)


def wanted(header: str, size: int) -> list[int] | str | None:
    try:
        found = byte_range(header, size)
    except OutOfRange:
        return "416"
    return None if found is None else list(found)


@given(first=NUMBERS, last=NUMBERS, size=SIZES)
def test_first_to_last_is_every_byte_that_is_there(first: int, last: int, size: int) -> None:
    there = [byte for byte in range(size) if first <= byte <= last]
    expected = None if last < first else there or "416"
    assert wanted(f"bytes={first}-{last}", size) == expected


@given(first=NUMBERS, size=SIZES)
def test_without_an_end_it_goes_to_the_end(first: int, size: int) -> None:
    assert wanted(f"bytes={first}-", size) == (list(range(size))[first:] or "416")


@given(length=NUMBERS, size=SIZES)
def test_a_suffix_is_the_last_bytes(length: int, size: int) -> None:
    expected = "416" if length == 0 else list(range(size))[-length:] or None
    assert wanted(f"bytes=-{length}", size) == expected


@given(header=st.text(alphabet="bytes=0123456789-, ", max_size=20) | st.text(max_size=20), size=SIZES)
def test_whatever_is_asked_only_bytes_of_the_file_come(header: str, size: int) -> None:
    found = wanted(header, size)
    if isinstance(found, list):
        assert found
        assert found[0] >= 0
        assert found[-1] < size


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5",
        "bytes=0-1,3-4",
        "items=0-1",
        "bytes=0-" + "9" * 5000,
        "bytes=٣-٤",
        "bytes=--1",
        "bytes=1-2-3",
    ],
)
def test_what_cannot_be_read_and_several_ranges_get_the_whole_file(header: str) -> None:
    assert byte_range(header, 10) is None
