"""Writes the moves of the state machine: every function of ``machine`` and ``decisions`` ends here.

A compare-and-set on (id, attempt, state) that must hit one row, with its event and the job's new revision. The
caller's transaction includes its ledger entries.
"""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from studio.core.rows import compare_and_set
from studio.credits import ledger
from studio.jobs import notifications
from studio.jobs.models import Event, Job, Revision, Submission
from studio.jobs.states import ENDED, SUBMISSION_MOVES, JobState, SubmissionState, outcome


class Moved(Exception):
    """The row was changed in the meantime, or the state machine does not allow the move."""


@dataclass(frozen=True, slots=True)
class JobNote:
    """What a move of a submission writes to its job and to the timeline.

    ``error`` is the sentence on the job, ``field`` the request's field that it is about. ``detail`` is the sentence in
    the timeline, by default that of the error. ``person`` is who decided on the move, None for the worker.
    """

    error: str = ""
    field: str = ""
    detail: str = ""
    person: Any = None


NO_NOTE = JobNote()


def move_submission(
    submission: Submission, to: SubmissionState, note: JobNote = NO_NOTE, **columns: Any
) -> None:
    """Move the submission and its job. Raises Moved. ``columns`` are other columns of the submission."""
    move_submission_alone(submission, to, **columns)
    job = submission.jobs.get()
    ended = timezone.now() if JobState(to) in ENDED else None
    write_job(job, state=JobState(to), error=note.error, error_field=note.field, finished_at=ended)
    add_event(job, to, note.detail or note.error, note.person)


def move_submission_alone(submission: Submission, to: SubmissionState, **columns: Any) -> None:
    """Compare-and-set on (id, attempt, state). Raises Moved. The caller writes the job in the same transaction."""
    if to not in SUBMISSION_MOVES[submission.state]:
        raise Moved(f"{submission} cannot become {to}.")
    as_read = Submission.objects.filter(attempt=submission.attempt, state=submission.state)
    if not compare_and_set(as_read, submission, state=to, **columns):
        raise Moved(f"{submission} was moved by another.")


def write_job(job: Job, **changes: Any) -> None:
    """Update the job after its submission, whose own compare-and-set has already decided. Raises Moved."""
    if not write_if_unchanged(job, **changes):
        raise Moved(f"{job} was moved by another.")


def write_if_unchanged(job: Job, **changes: Any) -> bool:
    """Write ``changes`` if the state of the job and of its copy are as we read them. Returns False if not.

    Only this function writes the state of a job, so all notifications start here.
    """
    if "state" in changes:
        changes = {**changes, "state_since": timezone.now()}
    before = account_of(job)
    as_read = Job.objects.filter(state=job.state, archive=job.archive)
    if not compare_and_set(as_read, job, **changes, rev=Revision.bump()):
        return False
    if outcome(job.state) != before.outcome:
        ledger.end(before, outcome(job.state))
    if "state" in changes:
        notifications.moved(job)
    return True


def add_event(job: Job, what: str, detail: str = "", person: Any = None) -> None:
    Event.objects.create(job=job, what=what, detail=detail, person=person)


def release(submission: Submission, reason: str) -> None:
    for job in submission.jobs.all():
        ledger.release(account_of(job), reason)


def account_of(job: Job) -> ledger.Account:
    return ledger.Account(
        reference=f"job:{job.pk}",
        connection_id=job.connection_id,
        day=job.asked_on,
        person_id=job.spender_id,
        project_id=job.project_id,
        token_id=job.api_token_id,
        job_id=job.pk,
        model_slug=job.model_slug,
        model_family=job.model_family,
        outcome=outcome(job.state),
    )


def about_job(submission: Submission) -> str:
    """The subject of an audit entry: the submission's first job."""
    return f"job:{submission.jobs.earliest('pk').pk}"
