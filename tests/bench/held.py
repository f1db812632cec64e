"""Target 3: tabs held at two seconds with a change every ten, against tabs that fetch the whole list each time.

Both are answered by the same web server, started as ``up`` starts it; the tabs are a process of their own. A load is
held when 99 of 100 polls are answered within 100 ms of the moment they were due, and none is left out. What a poll
costs the web server in CPU is measured beside it: that holds on a busy machine, too.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.bench.figures import Figure
from tests.bench.processes import cpu_seconds, web_server
from tests.bench.viewers import poll_address
from tests.installation import ROOT, Installation

PEOPLE = 20
ROWS = 50
WHOLE_LIST = (
    "/jobs/live/?list=jobs&since=999999999999"  # from before a restored backup: all rows come, every time
)
LIMIT = 100  # milliseconds at p99
SECONDS = 10  # that each load is watched: one change
STEP = 1.4  # between two loads that are tried
FIRST, MOST = 20, 5_000  # tabs
OPENED = 25  # tabs a second, before a load is watched: the first poll of each passes Django, and must leave no queue
TARGET = 20

# Before the installation runs: its people, signed in, and jobs at rest. Prints the cookies.
SET_UP = """
import sys, django; django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from studio.worker.supervision.preparation import prepare
from tests.factories import a_job, a_member
prepare()
people = [a_member(f"member{number}@example.com", name=f"Member {number}") for number in range(int(sys.argv[1]))]
for person in people:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
with transaction.atomic():
    for number in range(int(sys.argv[2])):
        a_job("stored", owner=people[number % len(people)])
"""
# While it runs: one job changes, again and again.
CHANGE = """
import itertools, sys, time, django; django.setup()
from django.db import transaction
from studio.jobs.models import Job, Revision
for job in itertools.cycle(Job.objects.order_by("-pk")[:10]):
    time.sleep(float(sys.argv[1]))
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(rev=Revision.bump())
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What tests.bench.tabs printed; times in milliseconds."""

    tabs: int
    polls: int  # while they were watched
    cpu: float  # milliseconds of the web server for each
    p50: float
    p99: float
    own_p99: float  # that the measurer itself was late
    quiet: int
    changed: int
    other: int
    missed: int

    @property
    def is_held(self) -> bool:
        return self.p99 < LIMIT and not self.other and not self.missed

    def __str__(self) -> str:
        return (
            f"{self.tabs} tabs: p99 {self.p99:.0f} ms, {self.quiet} quiet, {self.changed} changed,"
            f" CPU {self.cpu:.2f} ms a poll"
        )


def measure() -> Iterator[Figure]:
    with watched_installation() as (home, cookies):
        live_list = poll_address(home, cookies[0])
        whole = _most(home, [f"{cookie}\t{WHOLE_LIST}" for cookie in cookies], FIRST)
        live = _most(home, [f"{cookie}\t{live_list}" for cookie in cookies], TARGET * whole.tabs)
    yield Figure(
        "3",
        "CPU of a tab that fetches the whole list, against a live one",
        whole.cpu / live.cpu,
        TARGET,
        is_least=True,
    )
    yield Figure(
        "3",
        "live tabs held, against whole lists",
        live.tabs / whole.tabs,
        TARGET,
        is_least=True,
        detail=f"{live}; {whole}",
    )


@contextmanager
def watched_installation() -> Iterator[tuple[Installation, list[str]]]:
    """An installation with people, jobs, and a change every ten seconds."""
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)  # each tab is one, here and there
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    with tempfile.TemporaryDirectory(prefix="dailies-bench-") as folder:
        home = Installation(Path(folder))
        cookies = _inside(home, SET_UP, PEOPLE, ROWS).communicate()[0].split()
        with home:
            changes = _inside(home, CHANGE, SECONDS)
            try:
                yield home, cookies
            finally:
                changes.terminate()
                changes.communicate()


def _inside(home: Installation, program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env={**home.environment, "DJANGO_SETTINGS_MODULE": "studio.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _most(home: Installation, polls: list[str], tabs: int) -> Load:
    """The greatest load that is held, from ``tabs`` upwards; or downwards, until one is."""
    best = load = try_load(home, polls, tabs)
    while load.is_held and load.tabs < MOST:
        best, load = load, try_load(home, polls, min(MOST, round(load.tabs * STEP)))
    while not best.is_held and best.tabs > FIRST // 2:
        best = try_load(home, polls, round(best.tabs / STEP))
    return best


def try_load(home: Installation, polls: list[str], tabs: int, seconds: float = SECONDS) -> Load:
    opening = max(2.0, tabs / OPENED)
    repeat = ["--repeat"] if WHOLE_LIST in polls[0] else []
    server = web_server(home)
    measurer = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.tabs", str(home.port), str(seconds), str(opening), *repeat],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert measurer.stdin
    assert measurer.stdout
    with measurer:
        measurer.stdin.write("\n".join(polls[number % len(polls)] for number in range(tabs)))
        measurer.stdin.close()
        assert measurer.stdout.readline() == "watching\n"
        before = cpu_seconds(server)
        said = json.loads(measurer.stdout.read())
        cpu = (cpu_seconds(server) - before) / max(1, said["polls"]) * 1000
    assert measurer.returncode == 0
    _wait_until_idle(home)
    return Load(tabs=tabs, cpu=cpu, **said)


def _wait_until_idle(home: Installation) -> None:
    """A load that was too much leaves a queue behind."""
    deadline, quick = time.monotonic() + 60, 0
    while quick < 5 and time.monotonic() < deadline:
        start = time.monotonic()
        with suppress(OSError):
            urlopen(f"{home.url}/healthz", timeout=10).close()
        quick = quick + 1 if time.monotonic() - start < LIMIT / 2000 else 0
        time.sleep(0.05)
