"""Target 6: two hundred viewers of twenty running jobs cost the upstream not one call more than none.

Two installations run side by side, each with its own upstream and twenty jobs that never end. One is watched.
"""

import html
import http.client
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.installation import Installation, ask_for_clips
from tests.upstream.account import Account, Clock, Pace
from tests.upstream.server import FakeStudio

VIEWERS = 200
JOBS = 20
SECONDS = 30
EVERY = 2.0  # between two polls of one tab
HOUR = 3600.0


def measure() -> Iterator[Figure]:
    with ExitStack() as stack:
        watched = _Pair(stack)
        alone = _Pair(stack)
        polls = _watch(watched.home, SECONDS)
        window = time.monotonic() - SECONDS
        ours, theirs = watched.calls_since(window), alone.calls_since(window)
    detail = f"{polls} polls answered; {ours} upstream calls watched, {theirs} unwatched, in {SECONDS} s"
    # The windows are cut at some point of the interval: one call more or less is the edge of the cut.
    yield Figure(
        "6", f"upstream calls, {VIEWERS} viewers against none", ours / theirs, 1 + 1 / theirs, detail=detail
    )


@contextmanager
def watched_pair() -> Iterator[tuple[Installation, str]]:
    """An installation with twenty running jobs, and the session of its admin."""
    with ExitStack() as stack:
        home = _Pair(stack).home
        yield home, _signed_in(home)


class _Pair:
    """An installation with twenty running jobs, and the upstream that runs them."""

    def __init__(self, stack: ExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dailies-bench-")))
        account = Account(credits=100_000, pace=Pace(HOUR, HOUR), clock=Clock(real=True))
        self.upstream = stack.enter_context(FakeStudio(account=account))
        settings: dict[str, Any] = {"STUDIO_BASE_URL": self.upstream.url, "STUDIO_API_KEY": self.upstream.key}
        self.home = stack.enter_context(Installation(folder, **settings))
        ask_for_clips(self.home, JOBS)
        deadline = time.monotonic() + 60
        while self.upstream.paid_posts < JOBS:
            assert time.monotonic() < deadline, "The jobs were not sent in time."
            time.sleep(0.1)

    def calls_since(self, moment: float) -> int:
        return sum(call.at >= moment for call in self.upstream.calls())


def _watch(home: Installation, seconds: float) -> int:
    """Viewers who poll as tabs do, all signed in as one person. Returns how many polls were answered."""
    cookie = _signed_in(home)
    address = poll_address(home, cookie)
    ends = time.monotonic() + seconds
    answered = [0] * VIEWERS

    def view(number: int) -> None:
        time.sleep(EVERY * number / VIEWERS)
        tab = http.client.HTTPConnection("127.0.0.1", home.port, timeout=30)
        while time.monotonic() < ends:
            tab.request("GET", address, headers={"Cookie": cookie})
            with tab.getresponse() as answer:
                answer.read()
                answered[number] += answer.status in (200, 204)
            time.sleep(EVERY)
        tab.close()

    tabs = [threading.Thread(target=view, args=(number,), daemon=True) for number in range(VIEWERS)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(seconds + 60)
    assert sum(answered) > VIEWERS, "The viewers got no answers."
    return sum(answered)


def poll_address(home: Installation, cookie: str) -> str:
    """What the job list asks for again and again, as its page says."""
    tab = http.client.HTTPConnection("127.0.0.1", home.port, timeout=30)
    tab.request("GET", "/jobs/", headers={"Cookie": cookie})
    with tab.getresponse() as answer:
        page = answer.read().decode()
    tab.close()
    found = re.search(r'data-live="jobs-status".*?hx-get="([^"]+)"', page)
    assert found, "The job list does not poll."
    return html.unescape(found.group(1))


def _signed_in(home: Installation) -> str:
    tab = http.client.HTTPConnection("127.0.0.1", home.port, timeout=30)
    tab.request("GET", home.link.removeprefix(home.url))
    with tab.getresponse() as answer:
        cookies = answer.headers.get_all("Set-Cookie") or []
    tab.close()
    return "; ".join(cookie.partition(";")[0] for cookie in cookies)
