"""A whole installation whose clock is set by an hour while it works, in processes of its own.

Their clock is shifted by a small preloaded library, compiled here: libfaketime breaks Python's ``time.sleep``.
"""

import shutil
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation, ask_for_clips
from tests.must import must
from tests.upstream.account import Account, Clock, Pace
from tests.upstream.server import FakeStudio
from tests.worker.kept import wait_until_kept
from tests.worker.processes import wait_for

COMPILER = shutil.which("cc")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="preloads a library, as Linux does"),
    pytest.mark.skipif(not COMPILER, reason="no C compiler (cc): it makes the library that shifts the clock"),
]
HOUR = 3600


class ShiftedClock:
    """Of the processes that get its ``environment``."""

    def __init__(self, folder: Path) -> None:
        self.file, library = folder / "ahead", folder / "shifted.so"
        source = Path(__file__).with_name("shifted.c")
        subprocess.run([must(COMPILER), "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        self.file.write_bytes(struct.pack("l", 0))
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(self.file)}

    def set(self, seconds: int) -> None:
        with self.file.open("r+b") as file:
            file.write(struct.pack("l", seconds))


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    return ShiftedClock(tmp_path)


def installation(folder: Path, studio: FakeStudio, **environment: Any) -> Installation:
    ours: dict[str, Any] = {
        "STUDIO_BASE_URL": studio.url,
        "STUDIO_API_KEY": studio.key,
        "STUDIO_ALLOWED_HOSTS": studio.host,
    }
    return Installation(folder / "data", **ours, **environment)


def test_when_the_clock_is_an_hour_ahead_and_is_set_right_clips_are_paid_once_and_kept_within_seconds(
    tmp_path: Path, clock: ShiftedClock
):
    clock.set(HOUR)
    account = Account(clock=Clock(real=True), pace=Pace(2, 2))
    with FakeStudio(account=account) as studio, installation(tmp_path, studio, **clock.environment) as home:
        ask_for_clips(home, 2)
        wait_until_kept(tmp_path / "data", 2)
        ask_for_clips(home, 2)
        wait_for(lambda: studio.paid_posts == 4, "two that are being made")
        clock.set(0)
        wait_until_kept(tmp_path / "data", 4)
        ask_for_clips(home, 2)
        wait_until_kept(tmp_path / "data", 6)
        assert (studio.paid_posts, len(studio.account.jobs)) == (6, 6)
        assert "The clock was set back by 3600 s" in home.output


def test_on_the_night_that_ends_summer_time_clips_are_made_as_on_any_other(
    tmp_path: Path, clock: ShiftedClock
):
    """In Berlin an hour of it comes twice, from 1:00 UTC on."""
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)
    ahead = int((change - datetime.now(UTC)).total_seconds()) - 20
    clock.set(ahead)
    account = Account(clock=Clock(real=True), pace=Pace(2, 2))
    account.skew = timedelta(seconds=ahead)
    shifted = {**clock.environment, "TIME_ZONE": "Europe/Berlin"}
    with FakeStudio(account=account) as studio, installation(tmp_path, studio, **shifted) as home:
        ask_for_clips(home, 2)
        wait_until_kept(tmp_path / "data", 2)
        wait_for(lambda: account.now() > change, "the hour to change")
        ask_for_clips(home, 2)
        wait_until_kept(tmp_path / "data", 4)
        assert (studio.paid_posts, len(studio.account.jobs)) == (4, 4)
        assert "clock was set back" not in home.output
