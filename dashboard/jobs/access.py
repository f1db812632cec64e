"""Who may act on a job."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from studio.jobs.models import Job
from studio.team.models import Member


def may_act(user: Member, job: Job) -> bool:
    """Every action may affect credits: allowed for the owner and for managers."""
    return user.is_manager or (user.makes_clips and job.owner_id == user.pk)


def may_hide(user: Member, job: Job) -> bool:
    """Only the person who requested it, unless they are a viewer now: no one hides or shows another person's clip."""
    return user.makes_clips and job.spender_id == user.pk


def own_job(user: Any, job_id: int) -> Job:
    """Raises Http404 for a job that does not exist or that this person may not act on."""
    jobs = Job.objects.for_user(user).select_related("submission__connection", "connection")
    job = get_object_or_404(jobs, pk=job_id)
    if not may_act(user, job):
        raise Http404("Not yours.")
    return job
