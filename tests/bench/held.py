"""Target 3: tabs held at two seconds with a change every ten, against tabs that fetch the whole list each time.

Both are answered by the same web server, started as `up` starts it; the tabs are a process of their own. A load is held
when 99 of 100 polls are answered within 100 ms of the moment they were due, and none is left out.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.viewers import poll_address
from tests.installation import ROOT, Installation

PEOPLE = 20
ROWS = 50
WHOLE_LIST = (
    "/jobs/live/?list=jobs&since=999999999999"  # from before a restored backup: all rows come, every time
)
LIMIT = 100  # milliseconds at p99
SECONDS = 10  # that each load is watched: one change
STEP = 1.3  # between two loads that are tried
OPENED = 150  # tabs a second, before a load is watched
TARGET = 20

# Before the installation runs: its people, signed in, and jobs at rest. Prints the cookies.
SET_UP = """
import sys, django; django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from studio.worker.preparation import prepare
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
        kinds = f"{self.quiet} quiet, {self.changed} changed"
        return f"{self.tabs} tabs: p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms ({kinds})"


def measure() -> Iterator[Figure]:
    with watched_installation() as (home, cookies):
        live_list = poll_address(home, cookies[0])
        whole = _most(home, [f"{cookie}\t{WHOLE_LIST}" for cookie in cookies], 60)
        live = _most(home, [f"{cookie}\t{live_list}" for cookie in cookies], TARGET * whole.tabs)
    yield Figure(
        "3",
        "tabs held at two seconds, against fetching the whole list",
        live.tabs / whole.tabs,
        TARGET,
        is_least=True,
        detail=f"{live}; {whole}",
    )


@contextmanager
def watched_installation() -> Iterator[tuple[Installation, list[str]]]:
    """An installation with people, jobs, and a change every ten seconds."""
    with tempfile.TemporaryDirectory(prefix="dailies-bench-") as folder:
        home = Installation(Path(folder))
        cookies = _inside(home, SET_UP, PEOPLE, ROWS).stdout.read().split()
        with home:
            changes = _inside(home, CHANGE, SECONDS)
            try:
                yield home, cookies
            finally:
                changes.terminate()
                changes.wait(10)


def _inside(home: Installation, program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env={**home.environment, "DJANGO_SETTINGS_MODULE": "studio.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _most(home: Installation, polls: list[str], tabs: int) -> Load:
    """The greatest load that is held, from ``tabs`` upwards, or downwards until one is."""
    best = load = try_load(home, polls, tabs)
    while load.is_held:
        best, load = load, try_load(home, polls, round(load.tabs * STEP))
    while not best.is_held and best.tabs > 10:
        best = try_load(home, polls, round(best.tabs / STEP))
    return best


def try_load(home: Installation, polls: list[str], tabs: int, seconds: float = SECONDS) -> Load:
    opening = max(2.0, tabs / OPENED)
    lines = "\n".join(polls[number % len(polls)] for number in range(tabs))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.tabs", str(home.port), str(seconds), str(opening)],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        text=True,
        timeout=seconds + opening + 60,
    )
    assert done.returncode == 0, done.stderr
    return Load(tabs, **json.loads(done.stdout))
