"""Target 13, and a soak: visitors who do harm keep nobody else from being answered.

``SOAK_MINUTES`` is the length of the soak: ten where it is not set.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.held import Load, try_load, watched_installation
from tests.bench.processes import megabytes, web_server
from tests.bench.tabs import percentile
from tests.bench.viewers import poll_address, watched_pair
from tests.installation import ROOT, Installation

PLAYERS, HALVES, UPLOADS = 40, 200, 8
FILM = 68 * 2**20  # bytes
NAME = "clips/ab/film.mp4"
CHECKS, PAUSE = 400, 0.02  # of liveness; seconds between two
MOST, MOST_SOAKED = 50, 200  # milliseconds
POLLERS = 100
GROWTH = 1.05


def measure() -> Iterator[Figure]:
    with watched_installation() as (home, cookies):
        film(home)
        idle = liveness(home)
        with abusers(home, cookies[0], PLAYERS, HALVES, UPLOADS):
            abused = liveness(home)
    detail = (
        f"{PLAYERS} paused players, {HALVES} half-sent bodies, {UPLOADS} slow uploads; idle {idle:.1f} ms"
    )
    yield Figure("13", "p99 of /health/live under abuse", abused, MOST, "ms", detail=detail)


def soak() -> Iterator[Figure]:
    minutes = float(os.environ.get("SOAK_MINUTES", "10"))
    with watched_pair() as (home, cookie):
        address = poll_address(home, cookie)
        polls = [f"{cookie}\t{address}"]
        with abusers(home, cookie, 0, HALVES, 0):
            loads: list[Load] = []
            watching = threading.Thread(
                target=lambda: loads.append(try_load(home, polls, POLLERS, minutes * 60)), daemon=True
            )
            watching.start()
            time.sleep(min(60.0, minutes * 20))
            early = megabytes(web_server(home))
            watching.join(minutes * 60 + 120)
            late = megabytes(web_server(home))
    what = f"p99 of {POLLERS} pollers, {HALVES} slow sockets and 20 running jobs, {minutes:g} minutes"
    assert not loads[0].other, "Some polls were not answered."
    yield Figure("13", what, loads[0].p99, MOST_SOAKED, "ms", detail=str(loads[0]))
    yield Figure("13", "memory of the web server after it", late / early, GROWTH, detail=f"{late:.0f} MB")


def film(home: Installation) -> None:
    path = Path(home.environment["DATA_DIR"]) / "media" / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(b"\x00\x00\x00\x18ftypisom")
        file.truncate(FILM)


def liveness(home: Installation) -> float:
    """Milliseconds at p99, each check on a connection of its own."""
    times = []
    for _ in range(CHECKS):
        start = time.perf_counter()
        with socket.create_connection(("127.0.0.1", home.port), timeout=30) as client:
            client.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
            assert client.makefile("rb").read().endswith(b"ok")
        times.append(time.perf_counter() - start)
        time.sleep(PAUSE)
    return percentile(times, 0.99)


@contextmanager
def abusers(home: Installation, cookie: str, *counts: int) -> Iterator[None]:
    arguments = [str(home.port), *map(str, counts), NAME]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.abusers", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(f"{cookie}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.communicate(timeout=30)
