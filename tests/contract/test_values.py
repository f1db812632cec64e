"""Moments in any spelling."""

from datetime import UTC, datetime

import pytest

from studio.contract.spelling.values import moment

NOON = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


@pytest.mark.parametrize(
    "value",
    [
        SECONDS,
        float(SECONDS),
        str(SECONDS),
        SECONDS * 1_000,
        str(SECONDS * 1_000),
        SECONDS * 1_000_000,
        "2026-02-20T12:00:00Z",
        "2026-02-20 12:00:00",
        "2026-02-20T13:00:00+01:00",
        "2026-02-20 12:00:00 UTC",
    ],
)
def test_a_moment_is_read_from_its_spellings(value):
    assert moment(value) == NOON


@pytest.mark.parametrize(
    ("value", "year"),
    [
        (1, 1970),  # the first second there is
        (10**8, 1973),
        (7_258_118_399, 2199),  # the last year that is believed
        (7_258_118_399_000, 2199),
        (10**11, 1973),  # from here on, milliseconds
        (10**14, 1973),  # and from here on, microseconds
        ("20260220", 2026),  # a date in eight digits is no epoch
        ("100000000", 1973),
    ],
)
def test_the_size_of_an_epoch_tells_its_unit(value, year):
    assert moment(value).year == year


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        -0.5,
        7_258_118_400,
        99_999_999_999,
        10**17,
        10**30,
        10**400,
        float("nan"),
        float("inf"),
        True,
        None,
        "",
        "0",
        "12345678901234567890",
        "yesterday",
        "0001-01-01T00:00:00+14:00",
        [],
    ],
)
def test_what_is_no_moment_that_anything_was_made_at_is_none(value):
    assert moment(value) is None
