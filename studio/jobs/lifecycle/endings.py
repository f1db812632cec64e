"""What a report of the studio changes about a job: its state, its figures, its addresses. Nothing is written here."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from studio.contract.answers import JobReport, Refund
from studio.jobs.models import Job
from studio.jobs.states import JOB_MOVES, WATCHED, JobState

WORD_FOR = timedelta(minutes=10)  # a word that nobody knows may mean for so long that it is in progress


def next_state(job: Job, told: JobReport) -> JobState | None:
    """None: it stays in the state it is in."""
    if job.state in WATCHED and _is_unclear(job, told):
        return JobState.ATTENTION
    if told.state is None or told.state not in JOB_MOVES.get(job.state, ()):
        return None
    return None if _is_unclear(job, told) else JobState(told.state)


def _is_unclear(job: Job, told: JobReport) -> bool:
    """Its word means nothing to us for too long, or credits came back for a clip that is said to be in progress."""
    if told.state is None:
        same = told.state_word[:80] == job.state_word
        return bool(same and job.word_since and timezone.now() - job.word_since >= WORD_FOR)
    return told.state in WATCHED and bool(told.credits_refunded)


def learned(job: Job, told: JobReport) -> dict[str, Any]:
    """What the report adds to the job, apart from its state."""
    changes: dict[str, Any] = {"misses": 0} if job.misses else {}
    word = told.state_word[:80] if told.state is None else ""
    if word != job.state_word or (told.state is None) != (job.word_since is not None):
        changes |= {"state_word": word, "word_since": timezone.now() if told.state is None else None}
    is_settled = job.refunded and job.charged is not None  # some tell a charge of nothing beside a refund
    if told.credits_charged not in (None, job.charged) and not is_settled:
        changes["charged"] = told.credits_charged
    changes |= _refund(job, told)
    if told.result_urls and not job.result_urls:
        changes |= {"result_urls": list(told.result_urls), "extra_urls": list(told.extra_urls)}
        if job.archive == "waiting":
            changes["archive_after"] = timezone.now()
    return changes


def _refund(job: Job, told: JobReport) -> dict[str, Any]:
    """A refund never shrinks: an answer may be older than the one before. A stated amount beats a bare yes."""
    if told.credits_refunded is Refund.WHOLE:
        return {} if job.refunded else {"refunded": True}
    if not told.credits_refunded or (job.refund is not None and told.credits_refunded <= job.refund):
        return {}
    return {"refunded": True, "refund": told.credits_refunded}


def arrived(job: Job, told: JobReport, to: JobState) -> dict[str, Any]:
    """What else changes with the new state."""
    now = timezone.now()
    if to == JobState.ATTENTION:
        return {"error": _unclear(told)}
    if to == JobState.FAILED:
        return {"finished_at": now, "error": told.error_message or "The studio gave no reason."}
    if to != JobState.COMPLETED:
        return {}
    # Without an address, too: one is looked for before the copy counts as lost.
    ready = {"finished_at": now, "archive": "waiting", "archive_after": now}
    if job.state != JobState.FAILED:
        return ready
    amount = told.credits_refunded  # what had been refunded for the failure is charged again
    stated = amount if isinstance(amount, int) and amount else None
    charged = {} if told.credits_charged is None else {"charged": told.credits_charged}
    return {**ready, **charged, "refunded": bool(amount), "refund": stated}


def _unclear(told: JobReport) -> str:
    word = told.state_word or told.state
    if told.credits_refunded and word:
        return f"The studio says “{word}”, and gave credits back."
    return f"The studio says “{word}”." if word else "The studio does not say what became of it."
