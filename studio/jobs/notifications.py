"""Whom a job's moves concern, and the words for it: never the prompt, nor what a studio quotes of it."""

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
    JobState.FAILED: (Kind.CLIP_FAILED, "{model} could not make it. Its page tells why."),
    JobState.REJECTED: (Kind.CLIP_FAILED, "The studio did not take the request. Its page tells why."),
}
WHAT: Mapping[str, str] = {
    JobState.COMPLETED: "is ready",
    JobState.FAILED: "failed",
    JobState.REJECTED: "was refused",
    JobState.DECLINED: "was not approved",
    JobState.CANCELLED: "was cancelled",
    JobState.ABANDONED: "was given up",
}
TO_ANSWER = 5.0  # seconds: so much later than API_PATIENCE every script has its answer


def moved(job: Job) -> None:
    """The owner learns of the end; "ready" is said as soon as the studio is, while its files are still copied."""
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
    """Webhooks that take job reports learn of the end once it is what scripts are told, with the files here.

    Called at each move of a job and of its copy, so that no end can be missed. What ended longer ago than the outbox
    remembers is told no more: it was.
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
            hook_from=None if was_sent else _answered_by(job),
        )
    )


def answered_at_once(job: Job) -> None:
    """A script that asked for it was told in the answer that nothing comes of it, and knows no id of it.

    Call it after what refused or cancelled the job, within API_PATIENCE: so long, its webhook is not called.
    """
    if job.hook_id:
        is_already_reported(job.pk, job.hook_id)


def in_doubt(submission: Submission) -> None:
    """Whoever may decide learns that a decision is needed: the owner, managers and admins."""
    notify(
        Kind.ATTENTION,
        [submission.owner, *Member.objects.deciding()],
        about=f"submission {submission.pk}, attempt {submission.attempt}",
        title=f"Clip {submission.jobs.get().pk} needs attention",
        text="Nobody can prove whether it was made and charged. It waits until somebody has looked and decided.",
        path=reverse("dashboard:attention-list"),
    )


def unclear(job: Job) -> None:
    """The studio took it, and says nothing that means an end: those who may decide are notified, once for each clip."""
    notify(
        Kind.ATTENTION,
        [job.owner, *Member.objects.deciding()],
        about=f"job {job.pk}, end unclear",
        title=f"Clip {job.pk} needs attention",
        text="The studio took it, but what it says since does not tell whether there is a clip. Its page says more.",
        path=_page(job),
    )


def _answered_by(job: Job) -> datetime:
    """When a script that asked for it has its answer."""
    return job.created_at + timedelta(seconds=settings.API_PATIENCE + TO_ANSWER)


def _title(job: Job) -> str:
    return f"Clip {job.pk} {WHAT[JobState(job.state)]}"


def _page(job: Job) -> str:
    return reverse("dashboard:job-detail", args=[job.pk])
