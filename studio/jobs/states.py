"""The states of a submission and of a job, and which may follow which.

submission  queued → sending → accepted
                  ↑     ├────→ rejected             400, 403, 404 and any 4xx that is not named here
                  │     ├────→ blocked → queued     401, 402: nothing was charged
                  └─────┼── provably unsent, 429, or a redirect to another address
                        └────→ unknown              the answer was lost, a proxy's, or 408, 409, 425, 5xx
unknown     → accepted                              one row of the history fits, or the answer came late
            → queued, rejected, blocked             the answer came late
            → attention → accepted, queued (sent again), abandoned        a person decides
queued      → unknown                               a restored backup: it may have been sent since
– , approval → unknown                              a restored backup has forgotten whether it was sent before
unknown     → queued                                its history shows that such a one was not sent
queued, blocked → cancelled
approval    → queued, declined, cancelled           somebody who decides on spending says yes or no; or it is withdrawn
job         queued … (as its submission) … → pending → processing → completed | failed
            pending, processing → stopped → completed | failed     nobody watches; the studio may go on
            pending, processing → attention         the studio says nothing that means an end, or does not know it
            attention → pending, processing, completed, failed     the studio says so, or a person decides
            failed → completed                      the studio made it after all
"""

from django.db.models import TextChoices


class SubmissionState(TextChoices):
    APPROVAL = "approval", "Waits for approval"
    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Sending"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Refused"
    BLOCKED = "blocked", "On hold"
    UNKNOWN = "unknown", "Checking what happened"
    ATTENTION = "attention", "Needs attention"
    CANCELLED = "cancelled", "Cancelled"
    ABANDONED = "abandoned", "Given up"
    DECLINED = "declined", "Declined"


class JobState(TextChoices):
    """In the words that people read; the values are those of ``data-state`` on every page."""

    APPROVAL = "approval", "Waits for approval"
    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Sending"
    UNKNOWN = "unknown", "Checking what happened"
    ATTENTION = "attention", "Needs attention"
    PENDING = "pending", "Waiting for the studio"
    PROCESSING = "processing", "Making"
    COMPLETED = "completed", "Ready"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Refused"
    BLOCKED = "blocked", "On hold"
    CANCELLED = "cancelled", "Cancelled"
    ABANDONED = "abandoned", "Given up"
    STOPPED = "stopped", "Not watched any more"
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
PAID = (J.PENDING, J.COMPLETED, J.FAILED, J.BLOCKED)  # on reaching one of these the balance may have moved
ENDED = (J.COMPLETED, J.FAILED, J.REJECTED, J.CANCELLED, J.ABANDONED, J.STOPPED, J.DECLINED)
DOUBTFUL = (S.UNKNOWN, S.ATTENTION)  # may have been charged: nothing equal to them is sent meanwhile
OPEN = "open"


def outcome(state: str) -> str:
    """What the ledger's totals tell apart: the state that a clip ended in; OPEN while it is under way."""
    return state if state in ENDED else OPEN
