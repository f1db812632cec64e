"""Moves of the state machine that a person decides on. Each is audited in its transaction; an approval, which may cover
several requests, is audited once for all of them (studio.jobs.lifecycle.approvals).
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.audit.log import record
from studio.contract.answers import Accepted
from studio.core.rows import compare_and_set
from studio.credits import ledger
from studio.jobs.lifecycle.machine import MAY_HAVE_BEEN_SENT, accept, book
from studio.jobs.lifecycle.moving import (
    JobNote,
    Moved,
    about_job,
    account_of,
    add_event,
    move_submission,
    release,
    write_job,
)
from studio.jobs.models import Approval, Job, Submission
from studio.jobs.states import DOUBTFUL, JOB_MOVES, JobState, SubmissionState

S = SubmissionState


@transaction.atomic
def approve(submission: Submission, person: Any, note: str = "") -> None:
    """approval → queued: a manager approved it. After a restore → unknown, if it may have been approved and sent
    before.
    """
    detail = f"Approved. {note}".strip()
    if submission.doubt_from is None:
        move_submission(submission, S.QUEUED, JobNote(detail=detail, person=person))
        return
    move_submission(
        submission,
        S.UNKNOWN,
        JobNote(error=MAY_HAVE_BEEN_SENT, detail=f"{detail} {MAY_HAVE_BEEN_SENT}", person=person),
        sent_at=submission.doubt_from,
        lost_at=submission.doubt_until,
    )


@transaction.atomic
def decline(submission: Submission, person: Any, note: str = "") -> None:
    """approval → declined: it is not sent, and its credits are free again."""
    move_submission(submission, S.DECLINED, JobNote(error=note, person=person))
    release(submission, "declined")


@transaction.atomic
def cancel(submission: Submission, person: Any) -> None:
    """approval, queued or blocked → cancelled: nothing was charged, and nothing will be."""
    move_submission(submission, S.CANCELLED, JobNote(detail="Cancelled before it was sent.", person=person))
    release(submission, "cancelled")
    _withdraw_question(submission, person)
    record("clip.cancelled", by=person, about=about_job(submission))


def _withdraw_question(submission: Submission, person: Any) -> None:
    """With its last clip cancelled, the approval is withdrawn, too."""
    waiting = Submission.objects.filter(approval=submission.approval_id, state=S.APPROVAL)
    if submission.approval and not waiting.exists():
        withdrawn = {
            "verdict": Approval.Verdict.WITHDRAWN,
            "decided_at": timezone.now(),
            "decided_by": person,
        }
        compare_and_set(Approval.objects.filter(verdict=""), submission.approval, **withdrawn)


@transaction.atomic
def settle_as(submission: Submission, upstream_id: str, person: Any) -> list[Job]:
    """unknown or attention → accepted: a person recognized this job in the studio's history.

    Raises Moved if another of our jobs has that id.
    """
    if submission.state not in DOUBTFUL:
        raise Moved(f"{submission} is not in doubt.")
    if Job.objects.filter(connection_id=submission.connection_id, upstream_id=upstream_id).exists():
        raise Moved(f"{upstream_id} belongs to another clip.")
    detail = f"Found in the studio's history as {upstream_id}."
    jobs = accept(submission, Accepted((upstream_id,)), detail, person=person)
    record("clip.settled", by=person, about=about_job(submission), studio_job=upstream_id)
    return jobs


@transaction.atomic
def resend(submission: Submission, person: Any) -> None:
    """attention → queued: a person says that it never happened, and accepts that it may be charged twice."""
    if submission.state != S.ATTENTION:
        raise Moved(f"{submission} needs no decision.")
    detail = "Sent again on request. The first attempt may have been charged."
    move_submission(
        submission,
        S.QUEUED,
        JobNote(detail=detail, person=person),
        send_after=None,
        doubt_from=None,
        doubt_until=None,
    )
    record("clip.sent_again", by=person, about=about_job(submission), credits=submission.jobs.get().estimate)


@transaction.atomic
def give_up(submission: Submission, person: Any) -> None:
    """attention → abandoned: it is not sent again. It may have been charged, which only the balance can show."""
    detail = "Given up. If the studio made it, it was charged."
    move_submission(submission, S.ABANDONED, JobNote(detail=detail, person=person))
    release(submission, "given up; the studio may have charged it")
    record("clip.dropped", by=person, about=about_job(submission))


@transaction.atomic
def stop_watching(job: Job, person: Any) -> None:
    """pending or processing → stopped. The studio goes on, and what its history reports later still counts."""
    if JobState.STOPPED not in JOB_MOVES.get(job.state, ()):
        raise Moved(f"{job} is not in progress.")
    write_job(job, state=JobState.STOPPED, finished_at=timezone.now())
    add_event(job, JobState.STOPPED, "The studio goes on, and may charge it.", person)
    ledger.release(account_of(job), "no longer watched")
    record("clip.stopped", by=person, about=f"job:{job.pk}")


@transaction.atomic
def mark_failed(job: Job, person: Any) -> None:
    """attention → failed, for a clip that the studio accepted: a person says that it produced nothing.

    What the studio charged stays charged. Raises Moved.
    """
    if not job.has_unclear_end:
        raise Moved(f"{job} has an end, or is in progress.")
    write_job(job, state=JobState.FAILED, finished_at=timezone.now())
    add_event(job, JobState.FAILED, "Marked as failed.", person)
    book(job)
    record("clip.marked_failed", by=person, about=f"job:{job.pk}")


@transaction.atomic
def mark_ready(job: Job, url: str, person: Any) -> None:
    """attention → completed, for a clip that the studio accepted: a person entered its file's URL. Raises Moved."""
    if not job.has_unclear_end:
        raise Moved(f"{job} has an end, or is in progress.")
    now = timezone.now()
    ready = {"state": JobState.COMPLETED, "error": "", "finished_at": now, "result_urls": [url]}
    write_job(job, **ready, archive="waiting", archive_after=now)
    add_event(job, JobState.COMPLETED, "", person)
    book(job)
    record("clip.address_given", by=person, about=f"job:{job.pk}")
