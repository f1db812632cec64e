"""Managers move a queued clip to the front of the queue, or back to its place, from its page or the board."""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from dashboard.access import manager_required
from dashboard.shared.change_messages import change_message
from dashboard.shared.requests import MemberRequest
from studio.jobs.dispatch import priority
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job
from studio.team.models import Member


@require_POST
@manager_required
def job_first(request: MemberRequest, job_id: int) -> HttpResponse:
    return _moved(request, job_id, priority.move_first, "Moved to the front of the queue.")


@require_POST
@manager_required
def job_in_line(request: MemberRequest, job_id: int) -> HttpResponse:
    return _moved(request, job_id, priority.put_in_line, "Returned to its place in the queue.")


def _moved(
    request: MemberRequest, job_id: int, move: Callable[[Job, Member], None], done: str
) -> HttpResponse:
    """The board updates itself; the clip's own page is reloaded."""
    job = get_object_or_404(Job.objects.for_user(request.user), pk=job_id)
    if request.htmx:
        with suppress(Moved):
            move(job, request.user)
        return HttpResponse(status=204, headers={"HX-Trigger": "jobs-changed"})
    with change_message(request, done, "Nothing changed: this clip is no longer queued."):
        move(job, request.user)
    return redirect("dashboard:job-detail", job_id=job_id)
