"""Open tabs as a load: a process of its own, so that the server is not measured together with its measurer.

``python -m tests.bench.tabs PORT SECONDS OPENING [--repeat] < tabs``: each line of the input is a tab,
"cookie<TAB>address". A tab keeps its connection and asks every two seconds; as a page does, it takes the next address
from functools import partial
from an answer with a poller, and sends the cursor that it was last given; with --repeat it asks the same each time.
They are opened one after the other within OPENING seconds, and then watched. Prints a line when that begins, and at
the end one JSON object: what was answered while they were watched, and how long that took.

Times run from the moment at which a poll was due, not from when it left: a server that falls behind cannot hide it.
"""

import asyncio
import html
import json
import re
import sys
import time
from collections import Counter
from functools import partial

EVERY = 2.0
POLLER = re.compile(rb'data-live="[^"]*-status".*?hx-get="([^"]+)"')
CURSOR = re.compile(rb"\r\n(dailies-cursor: [^\r]+)", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Tab(asyncio.Protocol):
    def __init__(self, line: str, repeats: bool) -> None:
        self.repeats = repeats
        self.cookie, self.address = line.split("\t")
        self.cursor = ""
        self.received = b""
        self.is_waiting = False
        self.forget()

    def forget(self) -> None:
        self.polls = 0
        self.times: list[float] = []
        self.late: list[float] = []  # of this program itself
        self.statuses: Counter[int] = Counter()
        self.missed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, due: float) -> None:
        loop, now = asyncio.get_running_loop(), time.perf_counter()
        self.timer = loop.call_later(due + EVERY - now, self.ask, due + EVERY)
        if self.is_waiting:  # a page does not ask twice at a time
            self.missed += 1
            return
        self.late.append(now - due)
        self.is_waiting, self.asked = True, due
        head = f"GET {self.address} HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\n{self.cursor}\r\n"
        self.transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            self._answered(head, body)

    def _answered(self, head: bytes, body: bytes) -> None:
        self.polls += 1
        self.times.append(time.perf_counter() - self.asked)
        self.statuses[int(head[9:12])] += 1
        self.received, self.is_waiting = b"", False
        if self.repeats:
            return
        if given := CURSOR.search(head):
            self.cursor = given[1].decode() + "\r\n"
        if poller := POLLER.search(body):
            self.address = html.unescape(poller[1].decode())


def _itself(tab: Tab) -> Tab:
    return tab


async def watch(port: int, seconds: float, opening: float, tabs: list[Tab]) -> None:
    loop = asyncio.get_running_loop()
    for tab in tabs:
        await loop.create_connection(partial(_itself, tab), "127.0.0.1", port)
    start = time.perf_counter() + 0.1
    for number, tab in enumerate(tabs):
        due = start + opening * number / len(tabs)
        tab.timer = loop.call_later(due - time.perf_counter(), tab.ask, due)
    await asyncio.sleep(opening + EVERY)  # everybody has a cursor: from here on it counts
    for tab in tabs:
        tab.forget()
    print("watching", flush=True)
    await asyncio.sleep(seconds)
    for tab in tabs:
        tab.timer.cancel()
    await asyncio.sleep(1)
    for tab in tabs:
        tab.missed += tab.is_waiting
        tab.transport.close()


def percentile(times: list[float], share: float) -> float:
    """Milliseconds."""
    return round(sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000, 1) if times else 0.0


def main() -> None:
    port, seconds, opening = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    tabs = [Tab(line, "--repeat" in sys.argv) for line in sys.stdin.read().splitlines()]
    asyncio.run(watch(port, seconds, opening, tabs))
    times = [moment for tab in tabs for moment in tab.times]
    late = [moment for tab in tabs for moment in tab.late]
    statuses = sum((tab.statuses for tab in tabs), Counter())
    found = {
        "polls": sum(tab.polls for tab in tabs),
        "p50": percentile(times, 0.5),
        "p99": percentile(times, 0.99),
        "own_p99": percentile(late, 0.99),
        "quiet": statuses[204],
        "changed": statuses[200],
        "other": len(times) - statuses[204] - statuses[200],
        "missed": sum(tab.missed for tab in tabs),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
