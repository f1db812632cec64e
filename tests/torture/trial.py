"""Two trials: workers that are killed all the time, and an upstream that is away for a while."""

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.catalog.refresh import refresh
from studio.jobs.models import Job, Submission
from studio.jobs.states import SubmissionState
from studio.team.models import Member
from studio.upkeep.backup import back_up
from studio.upkeep.restore import restore
from tests.torture.crew import Crew
from tests.torture.evidence import gather, recoveries
from tests.torture.judge import judge
from tests.torture.nursery import Nursery
from tests.torture.people import Asker, Decider, repeated
from tests.torture.report import Outcome
from tests.torture.vendor import Vendor

S = SubmissionState
LONGEST_CALM = 240.0  # seconds in which all that is open must come to an end
PAID_SINCE_BACKUP = (
    4  # clips, before it is restored: all that was made since must fit on one page of the history
)
WORTH_A_RESTORE = 20  # kills: in less nothing is paid between a backup and its restore
FEW_WAITING = 3  # clips, so that what is asked for after the backup is soon paid
LATEST_RESTORE = 0.8  # of all kills
MOST_POSTS = 1_000_000  # an hour: the budget is not what is tried here


@dataclass(frozen=True)
class Terms:
    database: str
    workers: int
    seed: int
    folder: Path
    damage: str = "none"  # one of tests.torture.damage.DAMAGES
    began: float = field(default_factory=time.monotonic)

    @property
    def log(self) -> Path:
        return self.folder / "workers.log"


class Torture:
    """One installation whose workers are killed while people ask for clips and the upstream misbehaves."""

    def __init__(self, terms: Terms, vendor: Vendor) -> None:
        self.terms, self.vendor = terms, vendor
        self.enough = threading.Event()  # set from elsewhere: no more kills, judge what there is
        person = prepare()
        self.asker = Asker(person, terms.seed)
        self.decider = Decider(person, vendor.account, terms.seed)
        self.people = threading.Lock()  # nobody asks or decides while a backup is put in place
        self.backup: Path | None = None
        self.asked_before = 0  # intents before the backup
        self.forgotten: list[tuple[datetime, datetime]] = []  # from the backup to its restore
        self.repeated = 0

    def run(self, kills: int, intents: int) -> Outcome:
        """Kill until there were ``kills``, and ``intents`` clips asked for; then let all settle, and judge."""
        with started_crew(self.terms) as crew, repeated(self._one_at_a_time(self.decider.decide_all), 0.5):
            self._torment(crew, kills, intents)
            self.vendor.moods.are_bad = False
            wait_until_settled()
        return self._outcome(crew)

    def _torment(self, crew: Crew, kills: int, intents: int) -> None:
        tell = _progress(crew, self.asker)
        weather = _weather(self.vendor, self.terms.seed)
        ask = self._one_at_a_time(self.asker.ask_when_few_wait)
        with repeated(ask, 0.1) as asking, repeated(weather, 0.5):
            while not self.enough.is_set() and (
                len(crew.kills) < kills or self.asker.asked.total() < intents
            ):
                if len(crew.kills) < kills:
                    crew.kill_some(self.vendor.posted)
                    self._restore_in_time(crew, kills)
                else:
                    time.sleep(0.1)
                tell()
                assert asking.is_alive(), "Nobody asks for clips any more."

    def _one_at_a_time(self, action: Callable[[], Any]) -> Callable[[], None]:
        def act() -> None:
            with self.people:
                action()

        return act

    def _restore_in_time(self, crew: Crew, kills: int) -> None:
        """Half-way a backup is taken of what runs. It is restored once some clips were asked for and paid since, and
        people repeat what they asked.
        """
        if kills < WORTH_A_RESTORE:
            return
        if len(crew.kills) >= kills // 3:
            self.asker.most_waiting = FEW_WAITING
        if self.backup is None and len(crew.kills) >= kills // 2:
            self.asked_before = len(self.asker.intents)
            self.backup = back_up(self.terms.folder / "backups")
        elif self.backup and not self.forgotten and len(crew.kills) < kills:
            is_late = len(crew.kills) >= kills * LATEST_RESTORE
            if self._is_paid_since_backup(wait=LONGEST_CALM if is_late else 0):
                with self.people:
                    crew.all_gone(self._restore)

    def _is_paid_since_backup(self, wait: float) -> bool:
        """Whether there is something for a restore to forget. With ``wait``, in seconds, the kills pause for it."""
        deadline = time.monotonic() + wait
        while self.asker.paid_since(self.asked_before) < PAID_SINCE_BACKUP:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.2)
        return True

    def _restore(self) -> None:
        assert self.backup
        restored = restore(self.backup, force=True)
        self.forgotten.append((restored.manifest.taken_at, timezone.now()))
        self.repeated += self.asker.repeat_all()

    def _outcome(self, crew: Crew) -> Outcome:
        seconds, unexplained = recoveries(crew.kills, self.forgotten)
        return replace(
            _judged(self.terms, self.vendor, self.asker, crew),
            kills=len(crew.kills),
            recoveries=seconds,
            injected=self.vendor.moods.injected,
            decided=self.decider.decided,
            doubled=self.asker.doubled,
            restores=len(self.forgotten),
            repeated=self.repeated,
            unexplained=unexplained,
        )


def outage(terms: Terms, vendor: Vendor, seconds: float, clips: int = 50) -> Outcome:
    """The upstream is away while ``clips`` wait. Nothing else happens, and nobody does anything."""
    vendor.moods.are_bad = False
    asker = Asker(prepare(), terms.seed)
    asker.ask_plainly(clips)
    with ExitStack() as away:
        away.enter_context(vendor.closed())
        with started_crew(terms) as crew:
            time.sleep(seconds)
            away.close()
            wait_until_settled()
    return _judged(terms, vendor, asker, crew)


@contextmanager
def started_crew(terms: Terms) -> Iterator[Crew]:
    """Workers that are stopped in good order at the end."""
    with Nursery(terms.log, terms.damage) as nursery:
        crew = Crew(nursery, terms.workers, terms.seed)
        yield crew
        crew.dismiss()


def _judged(terms: Terms, vendor: Vendor, asker: Asker, crew: Crew) -> Outcome:
    return Outcome(
        database=terms.database,
        workers=terms.workers,
        intents=asker.asked.total(),
        verdict=judge(gather(asker.asked, vendor.account)),
        seconds=time.monotonic() - terms.began,
        died_by_themselves=crew.died_by_itself,
        failed_steps=terms.log.read_text().count("The step "),
    )


def prepare() -> Member:
    """Tables, the models of the upstream, and somebody who asks for clips."""
    call_command("migrate", interactive=False, verbosity=0)
    connection = default_connection()
    Connection.objects.filter(pk=connection.pk).update(posts_per_hour=MOST_POSTS)
    refresh(connection)
    return Member.objects.create_superuser("admin@example.com", "quiet screening room")


def _weather(vendor: Vendor, seed: int) -> Callable[[], None]:
    """Now and then nobody listens upstream; now and then somebody makes a clip on the vendor's own site."""
    dice = random.Random(seed)

    def weather() -> None:
        if dice.random() < 0.02:
            vendor.moods.injected["listener closed"] += 1
            with vendor.closed():
                time.sleep(dice.uniform(0.1, 1.0))
        if dice.random() < 0.05:
            vendor.account.make_elsewhere()

    return weather


def wait_until_settled() -> None:
    """Gives up after LONGEST_CALM: what is open then is counted as lost."""
    deadline = time.monotonic() + LONGEST_CALM
    while not _is_settled() and time.monotonic() < deadline:
        time.sleep(0.3)


def _is_settled() -> bool:
    """A clip whose file the studio never names is looked for during a day: nobody waits for that here."""
    open_ones = Submission.objects.filter(state__in=(S.QUEUED, S.SENDING, S.UNKNOWN, S.ATTENTION, S.BLOCKED))
    return not (
        open_ones.exists()
        or Job.objects.watched().exists()
        or Job.objects.to_archive().exclude(result_urls=[]).exists()
    )


def _progress(crew: Crew, asker: Asker, every: float = 10.0) -> Callable[[], None]:
    began = told_at = time.monotonic()

    def tell() -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= every:
            told_at = now
            clips = f"{asker.asked.total()} clips asked for"
            print(f"{now - began:5.0f} s  {len(crew.kills)} kills, {clips}", file=sys.stderr, flush=True)

    return tell
