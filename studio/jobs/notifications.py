"""Who is notified of a job's moves, and the text: never the prompt, nor anything that may quote it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from studio.jobs.job_report import COMPLETED, NEVER_MADE, is_over, word_for
from studio.jobs.models import Job, Submission
from studio.jobs.states import JobState
from studio.notify.kinds import Kind
from studio.notify.outbox import KEPT
from studio.notify.reporting import End, enqueue_job_webhook, is_already_reported
from studio.notify.telling import notify
from studio.team.models import Member

ENDINGS = {
    JobState.COMPLETED: (Kind.CLIP_READY, "Made with {model}."),
    JobState.FAILED: (Kind.CLIP_FAILED, "{model} could not make it. See the clip’s page for the reason."),
    JobState.REJECTED: (
        Kind.CLIP_FAILED,
        "The studio rejected the request. See the clip’s page for the reason.",
    ),
}
WHAT: Mapping[str, str] = {
    JobState.COMPLETED: "is ready",
    JobState.FAILED: "failed",
    JobState.REJECTED: "was rejected",
    JobState.DECLINED: "was not approved",
    JobState.CANCELLED: "was cancelled",
    JobState.ABANDONED: "was given up",
}
ANSWER_MARGIN = 5.0  # seconds after API_PATIENCE by which every script has its answer


def moved(job: Job) -> None:
    """Notify the owner that a job ended. "Ready" does not wait until the files are copied."""
    if ending := ENDINGS.get(JobState(job.state)):
        kind, text = ending
        notify(
            kind,
            [job.owner],
            about=f"job {job.pk}",
            title=_title(job),
            text=text.format(model=job.model_name),
            path=_page(job),
        )
    notify_scripts(job)


def notify_scripts(job: Job) -> None:
    """Queue the webhook call for the end of a job, once its files are here (or lost).

    Called at each move of a job and of its copy, so that no end is missed. Jobs that ended before the outbox's
    retention are skipped: they have been reported already.
    """
    ended = job.finished_at
    if not is_over(job) or ended is None or timezone.now() - ended > KEPT:
        return
    was_sent = job.state not in NEVER_MADE
    enqueue_job_webhook(
        End(
            Kind.CLIP_READY if word_for(job) == COMPLETED else Kind.CLIP_FAILED,
            job.pk,
            job.owner,
            _title(job),
            _page(job),
            hook=job.hook_id,
            hook_from=None if was_sent else _answered_at(job),
        )
    )


def answered_directly(job: Job) -> None:
    """Skip the webhook of a script that learns of the refusal from the API's answer, and never gets the job's id.

    Call it after refusing or cancelling the job, within API_PATIENCE: until then its webhook is not called.
    """
    if job.hook_id:
        is_already_reported(job.pk, job.hook_id)


def in_doubt(submission: Submission) -> None:
    """Notify everyone who may decide that a request needs a decision: the owner, managers and admins."""
    notify(
        Kind.ATTENTION,
        [submission.owner, *Member.objects.deciding()],
        about=f"submission {submission.pk}, attempt {submission.attempt}",
        title=f"Clip {submission.jobs.get().pk} needs attention",
        text="We can’t tell whether it was made and charged. Someone needs to check and decide.",
        path=reverse("dashboard:attention-list"),
    )


def unclear(job: Job) -> None:
    """Notify everyone who may decide that a clip's end is unclear. Sent once per clip."""
    notify(
        Kind.ATTENTION,
        [job.owner, *Member.objects.deciding()],
        about=f"job {job.pk}, end unclear",
        title=f"Clip {job.pk} needs attention",
        text="The studio accepted it, but its answers don’t show whether there is a clip. See the clip’s page.",
        path=_page(job),
    )


def _answered_at(job: Job) -> datetime:
    """When the script that created the job has its answer."""
    return job.created_at + timedelta(seconds=settings.API_PATIENCE + ANSWER_MARGIN)


def _title(job: Job) -> str:
    return f"Clip {job.pk} {WHAT[JobState(job.state)]}"


def _page(job: Job) -> str:
    return reverse("dashboard:job-detail", args=[job.pk])
