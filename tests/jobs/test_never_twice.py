"""Whatever happens in whatever order: no intent is paid twice, no state goes back, and the ledger is the vendor's.

Rules are what people, workers, kills and the upstream do; the clock is ours to move. After each of them nothing
may be paid twice, and every job's timeline must be a walk along the arrows of studio.jobs.states. At the end,
all faults over, everything comes to rest and the ledger equals what the vendor took.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from unittest.mock import patch
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.catalog import connections
from studio.catalog.connections import default_connection, note_answer
from studio.catalog.models import Connection
from studio.contract.answers import Accepted
from studio.contract.errors import StudioError
from studio.credits.balance import note_balance
from studio.credits.models import Entry
from studio.jobs.dispatch import sending
from studio.jobs.lifecycle import decisions
from studio.jobs.models import Event, Job, Submission
from studio.jobs.states import JOB_MOVES, SUBMISSION_MOVES, JobState
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import watching
from studio.worker import clock
from tests.credits.adding_up import added_up, as_kept
from tests.factories import a_member, a_model, a_request
from tests.jobs.vendor import PRICE, Killed, Vendor
from tests.must import must

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROMPTS = st.sampled_from(["a lighthouse at dawn", "a harbour at night"])
LOSSES = ["accepted, lost", "lost", "killed after", "killed before"]
FAULTS = st.sampled_from([*LOSSES, *LOSSES, "", "untold", "not sent", "429", "400", "401", "403", "307"])
READINGS = st.sampled_from(["", "", "", "down", "stale", "cut"])
PAUSES = st.sampled_from([1, 4, 20, 80, 130, 1_000, 4_000])
# A job's timeline holds its submission's states up to the acceptance, which it shows as "pending".
ARROWS = {str(state): {str(to) for to in moves} for state, moves in SUBMISSION_MOVES.items()}
ARROWS = {state: moves | ({"pending"} if "accepted" in moves else set()) for state, moves in ARROWS.items()}
# "attention" is a state of both: of a request whose answer was lost, and of a job whose end is unclear.
ARROWS |= {
    str(state): ARROWS.get(str(state), set()) | {str(to) for to in moves}
    for state, moves in JOB_MOVES.items()
}


def some(*states: str) -> Callable[["Team"], bool]:
    """A precondition: there is a request in one of these states."""
    return lambda team: Submission.objects.filter(state__in=states).exists()


class Team(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.vendor = Vendor()
        rooms = (sending, watching, connections)
        self.engines = [patch.object(room, "engine_for", lambda connection: self.vendor) for room in rooms]
        for engine in self.engines:
            engine.start()
        # Not the sandbox: a studio with a budget and a price for each look.
        self.connection_id = default_connection().pk
        Connection.objects.update(kind="http", base_url="https://studio.example.com")
        self.model, self.owner = a_model(self.connection), a_member()
        note_balance(self.connection_id, self.vendor.credits)
        self.forms = 0
        self.approved: Counter[int] = Counter()  # by intent: a person let it be sent again
        self.late: list[tuple[Submission, Accepted]] = []

    @property
    def connection(self) -> Connection:
        return Connection.objects.get(pk=self.connection_id)

    # ── people ──
    @rule(prompt=PROMPTS, variations=st.integers(1, 2), twice=st.booleans())
    def generate(self, prompt: str, variations: int, twice: bool) -> None:
        self.forms += 1
        intent = Intent(self.owner, self.model, a_request(prompt=prompt), UUID(int=self.forms), variations)
        jobs = submit(intent)
        if twice:
            assert submit(intent) == jobs

    @precondition(some("queued", "blocked"))
    @rule()
    def cancel(self) -> None:
        decisions.cancel(must(Submission.objects.filter(state__in=["queued", "blocked"]).last()), self.owner)

    @precondition(lambda self: Job.objects.watched().exists())
    @rule()
    def stop_watching(self) -> None:
        decisions.stop_watching(must(Job.objects.watched().first()), self.owner)

    @precondition(some("attention"))
    @rule(gives_up=st.booleans())
    def decide(self, gives_up: bool) -> None:
        """A person who looked at the vendor's site, and tells the truth."""
        asked = must(Submission.objects.filter(state="attention").first())
        known = set(Job.objects.exclude(upstream_id=None).values_list("upstream_id", flat=True))
        there = [made for made in self.vendor.jobs if made.intent == asked.pk and made.job_id not in known]
        if there:
            decisions.settle_as(asked, there[0].job_id, self.owner)
        elif gives_up:
            decisions.give_up(asked, self.owner)
        else:
            self.approved[asked.pk] += 1
            decisions.resend(asked, self.owner)

    @precondition(lambda self: Job.objects.unclear().exists())
    @rule()
    def decide_on_an_unclear_end(self) -> None:
        """The same person, who waits while it is in progress there."""
        job = must(Job.objects.unclear().first())
        made = next(made for made in self.vendor.jobs if made.job_id == job.upstream_id)
        if made.state == "completed":
            decisions.mark_ready(job, "https://media.example.com/found.mp4", self.owner)
        elif made.state == "failed":
            decisions.mark_failed(job, self.owner)

    # ── the worker, and what befalls it ──
    @rule(prompt=PROMPTS, fault=FAULTS)
    def generate_and_send(self, prompt: str, fault: str) -> None:
        self.generate(prompt, 1, False)
        self.send(fault)

    @precondition(some("queued"))
    @rule(fault=FAULTS)
    def send(self, fault: str) -> None:
        submission = sending.claim_next(self.connection)
        if submission is None:
            return
        self.vendor.intent, self.vendor.fault = submission.pk, fault
        with suppress(Killed):
            sending.send(submission, self.vendor)

    @precondition(some("queued"))
    @rule(pause=PAUSES)
    def send_and_answer_late(self, pause: int) -> None:
        """The answer is kept back: the lease may run out before it is delivered."""
        submission = sending.claim_next(self.connection)
        if submission is None:
            return
        self.vendor.intent = submission.pk
        with suppress(StudioError):
            self.late.append((submission, self.vendor.generate(submission.generate_request)))
        self.wait(pause)

    @precondition(lambda self: self.late)
    @rule()
    def deliver(self) -> None:
        submission, answer = self.late.pop()
        sending._settle(submission, answer, sending._write)

    @rule(seconds=PAUSES)
    def wait(self, seconds: int) -> None:
        self.traveller.shift(seconds)
        sending.reap()

    @rule(seconds=PAUSES, reading=READINGS)
    def read_history(self, seconds: int, reading: str) -> None:
        self.wait(seconds)
        self.vendor.reading = reading
        watching.read_history_when_due(self.connection)

    @precondition(lambda self: Job.objects.watched().exists())
    @rule(reading=READINGS)
    def poll(self, reading: str) -> None:
        self.vendor.reading = reading
        watching.poll(self.connection)

    @precondition(some("blocked"))
    @rule()
    def unblock(self) -> None:
        sending.release_blocked(self.connection)

    # ── the vendor ──
    @precondition(lambda self: self.vendor.jobs)
    @rule(data=st.data(), failed=st.booleans(), refund=st.sampled_from([0, 25, PRICE]))
    def make(self, data: st.DataObject, failed: bool, refund: int) -> None:
        made = data.draw(st.sampled_from(self.vendor.jobs), "job")
        if made.state == "pending":
            made.state = "processing"
        elif made.state == "processing":
            self.vendor.end(made, failed=failed, refund=refund)
        elif made.state == "failed":
            self.vendor.complete_after_all(made)

    @precondition(lambda self: self.vendor.jobs)
    @rule(data=st.data(), word=st.sampled_from(["expired", "on_the_shelf", ""]))
    def say_a_word_that_nobody_knows(self, data: st.DataObject, word: str) -> None:
        data.draw(st.sampled_from(self.vendor.jobs), "job").says = word

    @rule(prompt=PROMPTS)
    def run_it_on_the_vendors_site(self, prompt: str) -> None:
        self.vendor.take(a_request(prompt=prompt).to_json(), None)

    @rule(amount=st.sampled_from([50, 400]))
    def top_up(self, amount: int) -> None:
        self.vendor.credits += amount
        note_balance(self.connection_id, self.vendor.credits)

    @rule(minutes=st.sampled_from([-10, 0, 10]))
    def set_the_vendors_clock(self, minutes: int) -> None:
        """Not while something is in doubt: a clock that jumps meanwhile is nobody's to correct."""
        if not Submission.objects.filter(state__in=["sending", "unknown", "attention"]).exists():
            self.vendor.skew = timedelta(minutes=minutes)

    @rule(hours=st.sampled_from([-1, 1]), is_noticed=st.booleans())
    def set_our_clock(self, hours: int, is_noticed: bool) -> None:
        """At any moment, the vendor's stays. A worker that runs notices within a second that it was set back."""
        self.traveller.shift(timedelta(hours=hours))
        self.vendor.skew -= timedelta(hours=hours)
        if hours < 0 and is_noticed:
            clock.move_back(timedelta(hours=-hours))

    # ── what always holds ──
    @invariant()
    def no_intent_is_paid_twice(self) -> None:
        paid = Counter(made.intent for made in self.vendor.jobs if made.intent)
        assert all(times <= 1 + self.approved[intent] for intent, times in paid.items()), paid

    @invariant()
    def no_state_goes_back(self) -> None:
        for job in Job.objects.all():
            walk = [what for what in _states(job) if what in JobState.values]
            assert all(after in ARROWS[before] for before, after in pairwise(walk)), walk
            assert walk[-1] == job.state

    @invariant()
    def every_paid_job_is_ours_or_in_doubt(self) -> None:
        known = set(Job.objects.exclude(upstream_id=None).values_list("upstream_id", flat=True))
        settled = set(Submission.objects.filter(state="accepted").values_list("pk", flat=True))
        for made in self.vendor.jobs:
            if made.intent in settled and not self.approved[made.intent]:
                assert made.job_id in known or self._was_taken_for_another(made.intent), made

    def _was_taken_for_another(self, intent: int) -> bool:
        """The same prompt, run at the vendor's site in the very seconds that ours was on its way."""
        theirs = Job.objects.get(submission=intent).upstream_id
        return next(made for made in self.vendor.jobs if made.job_id == theirs).intent is None

    @invariant()
    def the_totals_are_the_ledger_added_up(self) -> None:
        assert as_kept() == added_up()

    @invariant()
    def nothing_is_held_for_what_has_ended(self) -> None:
        for job in Job.objects.filter(
            state__in=["completed", "failed", "rejected", "cancelled", "abandoned"]
        ):
            assert _sum(job, "hold") == _sum(job, "release")

    # ── the end ──
    def teardown(self) -> None:
        try:
            self._come_to_rest()
            self._compare()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)
            for engine in self.engines:
                engine.stop()
            self.clock.stop()

    def _come_to_rest(self) -> None:
        """All faults over, as much balance as is wanted; a person decides what only a person can."""
        self.vendor.fault, self.late = "", []
        self.vendor.credits += 100_000
        for _ in range(200):
            note_balance(self.connection_id, self.vendor.credits)
            note_answer(self.connection)
            self.unblock()
            self.send("")
            for made in self.vendor.jobs:
                if made.state in ("pending", "processing"):
                    self.vendor.end(made, failed=False)
                made.tells_charge, made.says = True, ""
            self.read_history(4_000, "")
            self.poll("")
            if Submission.objects.filter(state="attention"):
                self.decide(False)
            self.no_intent_is_paid_twice()
            self.no_state_goes_back()
            if not Submission.objects.exclude(state__in=["accepted", "rejected", "cancelled", "abandoned"]):
                break
        watching.read_history(self.connection)

    def _compare(self) -> None:
        """No row is left open, and the ledger holds what the vendor took for each of our jobs, no more."""
        states = Counter(Job.objects.values_list("state", flat=True))
        assert set(states) <= {"completed", "failed", "rejected", "cancelled", "abandoned"}, states
        ours = {made.job_id: made for made in self.vendor.jobs}
        for job in Job.objects.exclude(upstream_id=None):
            booked = _sum(job, "charge") - _sum(job, "refund")
            assert booked == ours[must(job.upstream_id)].net, (job, booked)
        booked = _total("charge") - _total("refund")
        linked = set(Job.objects.exclude(upstream_id=None).values_list("upstream_id", flat=True))
        assert booked == sum(made.net for made in self.vendor.jobs if made.job_id in linked)


def _states(job: Job) -> list[str]:
    return list(Event.objects.filter(job=job).order_by("pk").values_list("what", flat=True))


def _sum(job: Job, kind: str) -> int:
    return Entry.objects.filter(job_id=job.pk, kind=kind).aggregate(total=Sum("amount"))["total"] or 0


def _total(kind: str) -> int:
    return Entry.objects.filter(kind=kind).aggregate(total=Sum("amount"))["total"] or 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "examples", [5, pytest.param(25, marks=[pytest.mark.slow, pytest.mark.timeout(400)])]
)
def test_whatever_happens_in_whatever_order(examples: int):
    Team.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Team.TestCase().runTest()


def test_the_price_of_the_vendor_is_the_models():
    """Else estimates and charges differ, and a difference hides in plain sight."""
    from tests.factories import VEO

    assert VEO["credits"] == {"base": PRICE}
