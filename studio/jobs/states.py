"""The states of a submission and of a job, and the allowed moves between them.

submission  queued → sending → accepted
                  ↑     ├────→ rejected             400, 403, 404 and any 4xx that is not named here
                  │     ├────→ blocked → queued     401, 402: nothing was charged
                  └─────┼── provably unsent, 429, or a redirect to another address
                        └────→ unknown              the answer was lost, is a proxy's, or 408, 409, 425, 5xx
unknown     → accepted                              one row of the history fits, or the answer came late
            → queued, rejected, blocked             the answer came late
            → attention → accepted, queued (sent again), abandoned        a person decides
queued      → unknown                               a backup was restored: it may have been sent since
– , approval → unknown                              a backup was restored: it may have been sent before
unknown     → queued                                the history shows that it was not sent
queued, blocked → cancelled
approval    → queued, declined, cancelled           a manager approves or declines, or it is withdrawn
job         queued … (as its submission) … → pending → processing → completed | failed
            pending, processing → stopped → completed | failed     not watched any more; the studio may go on
            pending, processing → attention         the studio reports no clear state, or does not know the job
            attention → pending, processing, completed, failed     the studio reports a state, or a person decides
            failed → completed                      the studio completed it after all
"""

from django.db.models import TextChoices


class SubmissionState(TextChoices):
    APPROVAL = "approval", "Waiting for approval"
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    BLOCKED = "blocked", "On hold"
    UNKNOWN = "unknown", "Checking"
    ATTENTION = "attention", "Needs attention"
    CANCELLED = "cancelled", "Cancelled"
    ABANDONED = "abandoned", "Dropped"
    DECLINED = "declined", "Declined"


class JobState(TextChoices):
    """The labels are what people read; the values are those of ``data-state`` on every page."""

    APPROVAL = "approval", "Waiting for approval"
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    UNKNOWN = "unknown", "Checking"
    ATTENTION = "attention", "Needs attention"
    PENDING = "pending", "In progress"
    PROCESSING = "processing", "In progress"
    COMPLETED = "completed", "Ready"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Rejected"
    BLOCKED = "blocked", "On hold"
    CANCELLED = "cancelled", "Cancelled"
    ABANDONED = "abandoned", "Dropped"
    STOPPED = "stopped", "No longer tracked"
    DECLINED = "declined", "Declined"


S, J = SubmissionState, JobState

SUBMISSION_MOVES: dict[str, frozenset[str]] = {
    S.APPROVAL: frozenset({S.QUEUED, S.UNKNOWN, S.DECLINED, S.CANCELLED}),
    S.QUEUED: frozenset({S.SENDING, S.CANCELLED, S.UNKNOWN}),
    S.SENDING: frozenset({S.QUEUED, S.ACCEPTED, S.REJECTED, S.BLOCKED, S.UNKNOWN}),
    S.BLOCKED: frozenset({S.QUEUED, S.CANCELLED}),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.ATTENTION, S.QUEUED, S.REJECTED, S.BLOCKED}),
    S.ATTENTION: frozenset({S.ACCEPTED, S.QUEUED, S.ABANDONED, S.REJECTED, S.BLOCKED}),
    S.ACCEPTED: frozenset(),
    S.REJECTED: frozenset(),
    S.CANCELLED: frozenset(),
    S.ABANDONED: frozenset(),
    S.DECLINED: frozenset(),
}

JOB_MOVES: dict[str, frozenset[str]] = {
    J.PENDING: frozenset({J.PROCESSING, J.COMPLETED, J.FAILED, J.STOPPED, J.ATTENTION}),
    J.PROCESSING: frozenset({J.COMPLETED, J.FAILED, J.STOPPED, J.ATTENTION}),
    J.ATTENTION: frozenset({J.PENDING, J.PROCESSING, J.COMPLETED, J.FAILED}),
    J.STOPPED: frozenset({J.COMPLETED, J.FAILED}),
    J.FAILED: frozenset({J.COMPLETED}),
    J.COMPLETED: frozenset(),
}

UNSENT = (J.APPROVAL, J.QUEUED, J.SENDING, J.UNKNOWN, J.ATTENTION)
WATCHED = (J.PENDING, J.PROCESSING)
RUNNING = (J.QUEUED, J.SENDING, J.UNKNOWN, J.PENDING, J.PROCESSING)
PAID = (J.PENDING, J.COMPLETED, J.FAILED, J.BLOCKED)  # reaching one of these may have moved the balance
ENDED = (J.COMPLETED, J.FAILED, J.REJECTED, J.CANCELLED, J.ABANDONED, J.STOPPED, J.DECLINED)
DOUBTFUL = (S.UNKNOWN, S.ATTENTION)  # may have been charged: no equal request is sent until it is settled
OPEN = "open"


def outcome(state: str) -> str:
    """The state as the ledger's totals group it: the one that a clip ended in, or OPEN."""
    return state if state in ENDED else OPEN
