"""Whom a job's moves concern, and the words for it: never the prompt, nor what a studio quotes of it."""

from django.urls import reverse

from studio.jobs.models import Job, Submission
from studio.jobs.states import JobState
from studio.notify.kinds import Kind
from studio.notify.telling import tell
from studio.team.models import Member

ENDINGS = {
    JobState.COMPLETED: (Kind.CLIP_READY, "is ready", "Made with {model}."),
    JobState.FAILED: (Kind.CLIP_FAILED, "failed", "{model} could not make it. Its page tells why."),
    JobState.REJECTED: (
        Kind.CLIP_FAILED,
        "was refused",
        "The studio did not take the request. Its page tells why.",
    ),
}


def moved(job: Job) -> None:
    """The owner learns of the end; "ready" is said as soon as the studio is, while its files are still copied."""
    if ending := ENDINGS.get(JobState(job.state)):
        kind, what, text = ending
        tell(
            kind,
            [job.owner],
            about=f"job {job.pk}",
            title=f"Clip {job.pk} {what}",
            text=text.format(model=job.model_name),
            path=reverse("dashboard:job-detail", args=[job.pk]),
        )


def in_doubt(submission: Submission) -> None:
    """Whoever may decide learns that a decision is needed: the owner, managers and admins."""
    tell(
        Kind.ATTENTION,
        [submission.owner, *Member.objects.deciding()],
        about=f"submission {submission.pk}, attempt {submission.attempt}",
        title=f"Clip {submission.jobs.get().pk} needs attention",
        text="Nobody can prove whether it was made and charged. It waits until somebody has looked and decided.",
        path=reverse("dashboard:attention-list"),
    )
