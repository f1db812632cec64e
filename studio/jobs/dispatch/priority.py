"""A manager moves a waiting clip to the front of the queue, or puts it back in line."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from studio.audit.log import record
from studio.core.rows import compare_and_set
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Event, Job, Revision, Submission
from studio.jobs.states import SubmissionState
from studio.team.errors import NotAllowed
from studio.team.models import Member


@transaction.atomic
def move_first(job: Job, by: Member) -> None:
    """Put the clip in front of everything that waits now. Raises NotAllowed and Moved."""
    _set(job, by, timezone.now())
    Event.objects.create(job=job, what="first", person=by)
    record("clip.moved_first", by=by, about=f"job:{job.pk}")


@transaction.atomic
def put_in_line(job: Job, by: Member) -> None:
    """Undo ``move_first``: the clip waits for its owner's turn. Raises NotAllowed and Moved."""
    _set(job, by, None)
    Event.objects.create(job=job, what="in-line", person=by)
    record("clip.put_in_line", by=by, about=f"job:{job.pk}")


def _set(job: Job, by: Member, first_at: datetime | None) -> None:
    """Compare-and-set: only while it waits, and only if it changes something."""
    if not by.is_manager:
        raise NotAllowed("Only managers can move a clip first.")
    waiting = Submission.objects.filter(state=SubmissionState.QUEUED)
    if first_at is None:
        waiting = waiting.filter(first_at__isnull=False)
    if not compare_and_set(waiting, job.submission, first_at=first_at):
        raise Moved(f"{job} is not waiting there.")
    Job.objects.filter(pk=job.pk).update(rev=Revision.bump())
