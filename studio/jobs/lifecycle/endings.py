"""Computes what a report of the studio changes on a job: state, figures, addresses. Writes nothing."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from studio.contract.answers import JobReport, Refund
from studio.jobs.models import Job
from studio.jobs.states import JOB_MOVES, WATCHED, JobState

WORD_FOR = timedelta(minutes=10)  # an unknown word counts as "in progress" for this long


def next_state(job: Job, reported: JobReport) -> JobState | None:
    """The state after the report; None if it does not change."""
    if job.state in WATCHED and _is_unclear(job, reported):
        return JobState.ATTENTION
    if reported.state is None or reported.state not in JOB_MOVES.get(job.state, ()):
        return None
    return None if _is_unclear(job, reported) else JobState(reported.state)


def _is_unclear(job: Job, reported: JobReport) -> bool:
    """True if an unknown word persists too long, or credits were refunded for a clip reported as in progress."""
    if reported.state is None:
        same = reported.state_word[:80] == job.state_word
        return bool(same and job.word_since and timezone.now() - job.word_since >= WORD_FOR)
    return reported.state in WATCHED and bool(reported.credits_refunded)


def learned(job: Job, reported: JobReport) -> dict[str, Any]:
    """The changes that the report makes to the job, apart from its state."""
    changes: dict[str, Any] = {"misses": 0} if job.misses else {}
    word = reported.state_word[:80] if reported.state is None else ""
    if word != job.state_word or (reported.state is None) != (job.word_since is not None):
        changes |= {"state_word": word, "word_since": timezone.now() if reported.state is None else None}
    is_settled = job.refunded and job.charged is not None  # some report a zero charge with a refund
    if reported.credits_charged not in (None, job.charged) and not is_settled:
        changes["charged"] = reported.credits_charged
    changes |= _refund(job, reported)
    if reported.result_urls and not job.result_urls:
        changes |= {"result_urls": list(reported.result_urls), "extra_urls": list(reported.extra_urls)}
        if job.archive == "waiting":
            changes["archive_after"] = timezone.now()
    return changes


def _refund(job: Job, reported: JobReport) -> dict[str, Any]:
    """A refund never shrinks, because answers may arrive out of order. A stated amount replaces a bare yes."""
    if reported.credits_refunded is Refund.WHOLE:
        return {} if job.refunded else {"refunded": True}
    if not reported.credits_refunded or (job.refund is not None and reported.credits_refunded <= job.refund):
        return {}
    return {"refunded": True, "refund": reported.credits_refunded}


def arrived(job: Job, reported: JobReport, to: JobState) -> dict[str, Any]:
    """The other changes that come with the new state."""
    now = timezone.now()
    if to == JobState.ATTENTION:
        return {"error": _unclear(reported)}
    if to == JobState.FAILED:
        return {"finished_at": now, "error": reported.error_message or "The studio gave no reason."}
    if to != JobState.COMPLETED:
        return {}
    # Also without an address: the worker asks for one before the copy counts as lost.
    ready = {"finished_at": now, "archive": "waiting", "archive_after": now}
    if job.state != JobState.FAILED:
        return ready
    amount = reported.credits_refunded  # a refund for the failure is charged again
    stated = amount if isinstance(amount, int) and amount else None
    charged = {} if reported.credits_charged is None else {"charged": reported.credits_charged}
    return {**ready, **charged, "refunded": bool(amount), "refund": stated}


def _unclear(reported: JobReport) -> str:
    word = reported.state_word or reported.state
    if reported.credits_refunded and word:
        return f"The studio says “{word}”, and gave credits back."
    return f"The studio says “{word}”." if word else "The studio does not report the outcome."
