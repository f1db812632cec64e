"""The loops of a worker: which steps it repeats, how often, and how long each may take.

A step finds all it needs in the database, and makes sure that no other worker does the same. So a loop may run in any
number of workers, and one that dies loses nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from studio.audit.verify import check_when_due
from studio.catalog import refresh
from studio.catalog.connections import claim_test, usable_connections
from studio.catalog.models import Connection
from studio.credits.balance import note_balance
from studio.jobs.dispatch import sending
from studio.jobs.lifecycle import extras
from studio.jobs.models import Job, Submission
from studio.jobs.money.balance_reconciliation import reconcile_balance
from studio.jobs.states import DOUBTFUL, SubmissionState
from studio.jobs.sync import repeated, restored, watching
from studio.jobs.sync.connection_test import try_connection
from studio.library.fetch import fetch
from studio.library.temporary import sweep
from studio.notify.outbox import forget_old, is_delivering
from studio.worker.clock import Clock
from studio.worker.presence import Presence
from studio.worker.steps.archive import archive_next
from studio.worker.steps.delivery_pool import DeliveryPool
from studio.worker.steps.extras import look_next, proxy_next
from studio.worker.steps.verification import PAUSE, verify_next

IDLE = 5.0  # seconds between two sweeps while nothing is under way: the most that a lost wake-up costs
AT_A_TIME = (
    8  # connections that a loop handles in parallel, so that one that hangs does not hold up the others
)
COPIES_AT_A_TIME = 3
PATIENCE = 10.0  # seconds to wait for a step in flight when the worker stops


def once() -> Iterable[tuple[Any, ...]]:
    return [()]


def always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Loop:
    """``step(*target)`` runs for each target, and again right away as long as one returns something true.

    Then the loop waits for a wake-up or its sweep: ``every`` seconds while ``is_busy()``, else ``idle``. A step that
    takes longer than ``allowance`` seconds hangs. When the worker stops, it waits up to ``grace`` seconds for a step,
    and for ``finish``, which returns when work that the steps left under way is done.
    """

    name: str
    step: Callable[..., object]
    every: float
    targets: Callable[[], Iterable[tuple[Any, ...]]] = once
    is_busy: Callable[[], bool] = always
    idle: float = IDLE
    lanes: int = 0  # targets whose steps may run in parallel; 0: one after the other
    hinted: bool = False
    vital: bool = False  # without it nothing is sent or watched, so the worker counts as gone
    allowance: float = 60.0
    grace: float = PATIENCE
    finish: Callable[[], object] = lambda: None

    def pause(self) -> float:
        return self.every if self.is_busy() else max(self.idle, self.every)


def every_connection() -> Iterable[tuple[Connection]]:
    """All connections, even without a key: a file's address may work without it."""
    return [(connection,) for connection in Connection.objects.all()]


def each_connection() -> Iterable[tuple[Connection]]:
    return [(connection,) for connection in usable_connections()]


def all_loops(presence: Presence) -> Iterator[Loop]:
    """All loops of the worker that ``presence`` belongs to.

    When the worker stops, a paid request is waited for up to its deadline, because its answer is worth credits.
    """
    post = settings.GENERATE_DEADLINE + 5
    yield Loop(
        "send",
        partial(send_next, presence),
        1,
        each_connection,
        is_waiting_to_be_sent,
        hinted=True,
        vital=True,
        allowance=post + 60,  # includes the read that confirms a refused key
        grace=post,
        lanes=AT_A_TIME,
    )
    yield Loop(
        "poll",
        watching.poll,
        0.5,
        each_connection,
        is_watching,
        hinted=True,
        vital=True,
        allowance=600,
        lanes=AT_A_TIME,
    )
    yield Loop("reap", partial(sending.reap, presence.gone), 2)
    yield Loop("unblock", sending.release_blocked, 2, each_connection, is_blocked)
    yield Loop(
        "history",
        watching.read_history_when_due,
        1,
        each_connection,
        is_in_doubt,
        hinted=True,
        lanes=AT_A_TIME,
    )
    yield Loop("catalog", look_after, 2, each_connection, hinted=True, lanes=AT_A_TIME)
    yield Loop("balance", reconcile_balance, 5, each_connection, allowance=600)
    yield Loop("restored", after_a_restore, 5, each_connection, is_held, hinted=True, lanes=AT_A_TIME)
    yield Loop("sandbox", draw_next, 0.5, is_busy=is_drawing, hinted=True, allowance=600)
    yield Loop(
        "archive",
        archive_next,
        1,
        every_connection,
        is_archiving,
        hinted=True,
        allowance=1800,
        lanes=COPIES_AT_A_TIME,
    )
    yield Loop("look", look_next, 1, is_busy=partial(is_made, "look"), hinted=True, allowance=7200)
    yield Loop("proxy", proxy_next, 1, is_busy=partial(is_made, "proxy"), hinted=True, allowance=86_400)
    yield Loop("clock", Clock().look, 1)
    yield Loop("sweep", tidy, 3600)
    pool = DeliveryPool()
    yield Loop("deliver", pool.deliver_next, 1, is_busy=is_delivering, hinted=True, finish=pool.rest)
    yield Loop("verify", verify_next, PAUSE, allowance=600)
    yield Loop("audit", check_when_due, 600, allowance=1800)


# ── Steps that combine two rooms ────────────────────────────────────────────────────────────────────────
def send_next(presence: Presence, connection: Connection) -> bool:
    presence.beat_if_late()
    return sending.send_next(connection, presence.life)


def look_after(connection: Connection) -> None:
    """Run a requested connection test, which reads the models; otherwise read the models when they are due."""
    if connection.is_being_tested:
        if claim_test(connection):
            try_connection(connection)
        return
    asked_at = timezone.now()
    if refresh.claim(connection) and (found := refresh.refresh(connection)):
        note_balance(connection.pk, found.credits_remaining, asked_at=asked_at)


def after_a_restore(connection: Connection) -> bool:
    return restored.check_restored(connection) or repeated.check_repeated(connection)


def draw_next() -> bool:
    """Render one clip of the sandbox, in a child process."""
    from studio.sandbox.studio import render_next  # noqa: PLC0415 - only a sandbox needs it

    return render_next(fetch)


def tidy() -> bool:
    """Delete old rows. True if something was deleted: there may be more."""
    return sweep() + forget_old() > 0


# ── Is there work? ──────────────────────────────────────────────────────────────────────────────────────
def is_waiting_to_be_sent() -> bool:
    return Submission.objects.filter(state=SubmissionState.QUEUED).exists()


def is_blocked() -> bool:
    return Submission.objects.filter(state=SubmissionState.BLOCKED).exists()


def is_in_doubt() -> bool:
    return Submission.objects.filter(state__in=DOUBTFUL).exists()


def is_held() -> bool:
    return Connection.objects.filter(held_since__isnull=False).exists() or repeated.is_checking()


def is_watching() -> bool:
    return Job.objects.watched().exists()


def is_drawing() -> bool:
    from studio.sandbox.models import SandboxJob  # noqa: PLC0415 - only a sandbox needs it

    return SandboxJob.objects.filter(state__in=("pending", "processing")).exists()


def is_archiving() -> bool:
    return Job.objects.filter(archive_after__isnull=False).exists()


def is_made(stage: str) -> bool:
    """Whether a stored file waits at this stage of its extras."""
    return extras.due(stage).exists()
