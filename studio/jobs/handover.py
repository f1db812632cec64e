"""Offboarding: reassign a leaver's clips, or cancel those that are not sent yet (which is free).

Ledger entries and approvals stay with the person who made the request, because that person spent the credits.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.db.models import Count

from studio.jobs.lifecycle import decisions
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Event, Job, JobQuerySet, Revision, Submission
from studio.jobs.states import ENDED, JobState
from studio.team.models import Member

HANDED_OVER = "handed_over"  # Event.what
BATCH_SIZE = 500  # rows per statement
CANCELLABLE = (JobState.APPROVAL, JobState.QUEUED, JobState.BLOCKED)  # the same as Job.can_be_cancelled


@dataclass(frozen=True, slots=True)
class Workload:
    """A member's clips by what can be done with them: not sent yet, waiting for a decision, other unfinished, ended."""

    waiting: int
    deciding: int
    running: int
    ended: int

    @property
    def unfinished(self) -> int:
        return self.waiting + self.deciding + self.running


def workload(member: Member) -> Workload:
    counted = Job.objects.filter(owner=member).order_by().values_list("state").annotate(clips=Count("pk"))
    clips = Counter(dict(counted))
    waiting = sum(clips[state] for state in CANCELLABLE)
    deciding, ended = clips[JobState.ATTENTION], sum(clips[state] for state in ENDED)
    return Workload(waiting, deciding, clips.total() - waiting - deciding - ended, ended)


@transaction.atomic
def hand_over(leaving: Member, to: Member, *, by: Member, everything: bool) -> int:
    """Give clips of ``leaving`` to ``to``: the unfinished ones, or ``everything``. Returns how many were reassigned."""
    jobs = Job.objects.filter(owner=leaving).order_by("pk")
    moving = jobs if everything else jobs.exclude(state__in=ENDED)
    # The machine locks in the same order: submission, revision, job.
    _move_submissions(moving, leaving, to)
    return _move_jobs(list(moving.values_list("pk", flat=True)), leaving, to, by)


@transaction.atomic
def cancel_waiting(leaving: Member, *, by: Member) -> int:
    """Cancel the member's clips that were not sent yet. Returns how many. A clip that is just being sent goes on."""
    waiting = Submission.objects.filter(jobs__owner=leaving, jobs__state__in=CANCELLABLE)
    locked = list(Submission.objects.filter(pk__in=waiting.values("pk")).order_by("pk").select_for_update())
    return sum(_is_cancelled(submission, by) for submission in locked)


def _is_cancelled(submission: Submission, by: Member) -> bool:
    try:
        decisions.cancel(submission, by)
    except Moved:
        return False
    return True


def _move_submissions(jobs: JobQuerySet, leaving: Member, to: Member) -> None:
    """A form's token is unique for each owner. If both owners have the same one, a new token is generated."""
    moving = Submission.objects.filter(pk__in=jobs.order_by().values("submission_id"))
    theirs = Submission.objects.filter(owner=to).values("token")
    for token in set(moving.filter(token__in=theirs).values_list("token", flat=True)):
        moving.filter(token=token).update(token=uuid4())
    moving.update(owner=to)


def _move_jobs(ids: list[int], leaving: Member, to: Member, by: Member) -> int:
    """Each job gets its own revision, so that every open list picks up the change."""
    first = Revision.bump(len(ids)) - len(ids) + 1 if ids else 0
    moved = (Job(pk=pk, owner=to, rev=rev) for rev, pk in enumerate(ids, start=first))
    Job.objects.bulk_update(moved, ["owner", "rev"], batch_size=BATCH_SIZE)
    Event.objects.bulk_create(_events(ids, f"From {leaving} to {to}.", by), batch_size=BATCH_SIZE)
    return len(ids)


def _events(ids: Iterable[int], detail: str, by: Member) -> Iterable[Event]:
    return (Event(job_id=pk, what=HANDED_OVER, detail=detail, person=by) for pk in ids)
