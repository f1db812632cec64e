"""Sending requests: the idempotent steps by which the worker claims one, sends it, and records what the answer proves.

Each step can be repeated, interrupted anywhere, or run in parallel: the state machine decides who moved a row.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, connections, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from studio.catalog.connections import ask_refresh, engine_for, note_answer, note_refusal, note_trouble
from studio.catalog.models import Connection
from studio.contract.answers import Accepted
from studio.contract.engine import Engine
from studio.contract.errors import (
    Forbidden,
    KeyRefused,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Redirected,
    Refused,
    StudioError,
)
from studio.credits.balance import latest
from studio.jobs.dispatch.hourly_quota import hourly_quota
from studio.jobs.dispatch.order import next_in_line
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job, Submission
from studio.jobs.states import DOUBTFUL, JobState, SubmissionState

log = logging.getLogger("dailies.jobs")

# Longer than the deadline of a generate request: if it runs out, the worker is gone. The heartbeat of the worker that
# the claim names usually shows that sooner.
LEASE = timedelta(seconds=settings.GENERATE_DEADLINE * 1.5)
# From the claim to the first byte. Shorter than the silence that makes a worker count as gone (studio.worker.presence).
SLOWEST_CLAIM = timedelta(seconds=3)
DATABASE_PAUSE = 1.0  # seconds
REDIRECT_WAIT = timedelta(minutes=5)  # a person has to correct the address, which takes more than seconds
KEY_WAIT = timedelta(seconds=30)  # before a request that got a 401 is sent again; doubled each time
LONGEST_KEY_WAIT = timedelta(hours=1)


def next_to_send(connection: Connection) -> Submission | None:
    """The next request that may be sent now; None if there is none. Writes nothing: see ``claim_next``."""
    now = timezone.now()
    if not connection.lets_send:
        return None
    if connection.send_after and connection.send_after > now:
        return None
    mine = Submission.objects.filter(connection=connection)
    if mine.filter(state=SubmissionState.SENDING).exists():
        return None
    quota = hourly_quota(connection, now)
    if quota is not None and quota.left == 0:
        return None
    if connection.state == Connection.State.UNREACHABLE and _was_just_tried(mine, now):
        return None
    return next_in_line(connection, now)


def _was_just_tried(mine: QuerySet[Submission], now: datetime) -> bool:
    """True if a request that never left is waiting for its next try: it tests the studio for all others."""
    return mine.filter(state=SubmissionState.QUEUED, send_after__gt=now).exists()


@transaction.atomic
def claim_next(connection: Connection, worker: UUID | None = None) -> Submission | None:
    """queued → sending for the next request. The lock of the connection's row makes the hourly quota exact."""
    locked = (
        Connection.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=connection.pk).first()
    )
    submission = next_to_send(locked) if locked else None
    return machine.claim(submission, LEASE, worker) if submission else None


def send_next(connection: Connection, worker: UUID | None = None) -> bool:
    """Send one request, if one may be sent. Returns True if it was tried. ``worker``: the id of this process."""
    if next_to_send(connection) is None:
        return False
    try:
        engine = engine_for(connection)
        submission = claim_next(connection, worker)
    except KeyRefused as error:
        note_trouble(connection, error)
        return False
    except (Moved, IntegrityError):  # another worker was first
        return False
    if submission is None:
        return False
    send(submission, engine)
    return True


def send(submission: Submission, engine: Engine) -> None:
    """Make one attempt and record what it proved.

    A process that slept since its claim (stopped, or on a suspended machine) must not send: its request may have been
    reaped, settled and sent again by now.
    """
    outcome: Accepted | StudioError
    if not _is_still_claimed(submission):
        _record(submission, UNSENT, _put_back)
        return
    try:
        outcome = engine.generate(submission.generate_request)
    except StudioError as error:
        outcome = error
    _record(submission, outcome, _write)


UNSENT = NotSent("The worker was suspended when the request should have been sent.")


def _is_still_claimed(submission: Submission) -> bool:
    """Checks the clock and the database, because a clock may have stopped together with the machine."""
    claimed_at = submission.lease_end - LEASE
    if abs(timezone.now() - claimed_at) > SLOWEST_CLAIM:
        return False
    mine = Submission.objects.filter(pk=submission.pk, attempt=submission.attempt)
    try:
        return mine.filter(state=SubmissionState.SENDING).exists()
    except OperationalError:
        return False


def _put_back(submission: Submission, error: NotSent) -> None:
    machine.put_back(submission, error, wait=machine.FIRST_WAIT)


def _record(
    submission: Submission, outcome: Accepted | StudioError, write: Callable[[Submission, Any], None]
) -> None:
    """Record what was proven, even if we must wait for the database: there is no second way to learn it."""
    until = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            _settle(submission, outcome, write)
            return
        except OperationalError:
            if time.monotonic() > until:
                raise
            connections.close_all()
            time.sleep(DATABASE_PAUSE)


def _settle(
    submission: Submission, outcome: Accepted | StudioError, write: Callable[[Submission, Any], None]
) -> None:
    """Make the move that the outcome proves. Even after the reaper: a late answer is still proof."""
    try:
        write(submission, outcome)
    except Moved:
        attempt = submission.attempt
        submission.refresh_from_db()
        is_lost = not isinstance(outcome, Accepted | NotSent | Redirected | RateLimited | Refused)
        if is_lost or submission.attempt != attempt or submission.state not in DOUBTFUL:
            log.warning("A late answer to %s changes nothing: %s", submission, outcome)
            return
        write(submission, outcome)


def _write(submission: Submission, outcome: Accepted | StudioError) -> None:
    connection = submission.connection
    match outcome:
        case Accepted():
            _take(submission, outcome)
        case NotSent():
            machine.put_back(submission, outcome)
            note_trouble(connection, outcome)
        case Redirected():
            machine.put_back(submission, outcome, wait=REDIRECT_WAIT)
            note_trouble(connection, outcome)
        case RateLimited():
            machine.put_back(submission, outcome)
            Connection.objects.filter(pk=connection.pk).update(send_after=submission.send_after)
        case Refused():
            machine.refuse(submission, outcome)
            _note_refusal(connection, outcome)
        case _:
            machine.lose(submission, outcome)


def _take(submission: Submission, accepted: Accepted) -> None:
    """Accept it. Job ids that another job already has prove nothing, so the outcome is unknown then."""
    try:
        machine.accept(submission, accepted)
    except IntegrityError:
        machine.lose(submission, OutcomeUnknown("The studio answered with a job that we already know."))
    note_answer(submission.connection)


def _note_refusal(connection: Connection, error: Refused) -> None:
    """Record what the refusal means for the connection, after the request itself is settled."""
    if isinstance(error, KeyRefused | Forbidden):
        note_refusal(connection, error)
        return
    note_answer(connection)
    if isinstance(error, NotFound):
        ask_refresh(connection)


def none_gone(workers: set[UUID]) -> set[UUID]:
    return set()


def reap(gone: Callable[[set[UUID]], set[UUID]] = none_gone) -> int:
    """sending → unknown for every claim whose worker is gone. ``gone`` returns the dead ones of a set of workers.

    The lease covers workers of which that is unknown. Nothing is sent again here: see
    ``studio.jobs.matching.lost_requests``.
    """
    sending = Submission.objects.filter(state=SubmissionState.SENDING)
    claims = sending.exclude(claimed_by=None).values_list("claimed_by", flat=True)
    workers = {worker for worker in claims if worker}
    now = timezone.now()
    # A longer lease than any that we give: the clock was set back since.
    sending.filter(lease_until__gt=now + 2 * LEASE).update(lease_until=now + LEASE)
    lost = Q(lease_until__lt=now) | Q(claimed_by__in=gone(workers))
    reaped = 0
    for submission in sending.filter(lost):
        with suppress(Moved):
            machine.reap(submission)
            reaped += 1
    return reaped


def release_blocked(connection: Connection) -> int:
    """blocked → queued once the cause is known to be gone. A person may do it by hand at any time."""
    moved = 0
    blocked = Submission.objects.filter(connection=connection, state=SubmissionState.BLOCKED)
    for submission in blocked.order_by("id"):
        if reason := _why_unblocked(submission, connection):
            with suppress(Moved):
                machine.unblock(submission, reason)
                moved += 1
    return moved


def _why_unblocked(submission: Submission, connection: Connection) -> str:
    """Why it may be sent again, or "". After a 401 the pauses grow: the key may be refused for generating only, while
    reading works."""
    answered = submission.answered_at or submission.created_at
    if submission.blocked_for is None:
        wait = min(KEY_WAIT * 2 ** min(submission.attempt - 1, 10), LONGEST_KEY_WAIT)
        may_pass = connection.is_working and timezone.now() - answered > wait
        return "The studio accepts the key again." if may_pass else ""
    reading = latest(connection.pk)
    needed = submission.blocked_for + _promised_before(submission)
    risen = reading is not None and reading.at > answered and reading.credits >= needed
    return "The balance covers it now." if risen else ""


def _promised_before(submission: Submission) -> int:
    """Credits that older queued requests will take: a top-up that covers only some must not release all."""
    older = Job.objects.filter(
        connection=submission.connection_id,
        submission__lt=submission.pk,
        state__in=(JobState.QUEUED, JobState.SENDING),
    )
    return older.aggregate(sum=Sum("estimate"))["sum"] or 0
