"""Makes a clip private, or shows it to the team again. Only the person who requested it can do that."""

from django.db import transaction

from studio.audit.log import record
from studio.core.rows import compare_and_set
from studio.jobs.models import Event, Job, Revision
from studio.team.errors import NotAllowed
from studio.team.models import Member

PUBLISHED = "The prompt and the clip are published in the prompt directory, so they cannot be private."


@transaction.atomic
def hide(job: Job, by: Member) -> bool:
    """Make the clip private. Anyone who has already seen it keeps that knowledge. Returns False if it was private.

    Raises NotAllowed for another person's clip, and for one that was published.
    """
    if Job.objects.values_list("request__prompt_directory_optin", flat=True).get(pk=job.pk):
        raise NotAllowed(PUBLISHED)
    return _become(job, True, by)


@transaction.atomic
def show(job: Job, by: Member) -> bool:
    """Show the clip to the whole team. Raises NotAllowed for another person's clip."""
    return _become(job, False, by)


def _become(job: Job, is_private: bool, by: Member) -> bool:
    if by.pk != job.spender_id:
        raise NotAllowed("Only the person who requested a clip can hide or show it.")
    opposite = Job.objects.filter(is_private=not is_private)
    if not compare_and_set(opposite, job, is_private=is_private, rev=Revision.bump()):
        return False
    what = "hidden" if is_private else "shown"
    Event.objects.create(job=job, what=what, person=by)
    record(f"clip.{what}", by=by, about=f"job:{job.pk}")
    return True
