"""One job: its player, everything that was asked for, what happened, what it cost; and what can be done with it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.jobs.filter import whole_number
from dashboard.jobs.words import file_name, parameters
from dashboard.polls.views import notices_changed, poll
from studio.credits.models import Entry
from studio.jobs import archiving, machine
from studio.jobs.models import Event, HistoryRecord, Job
from studio.jobs.states import JobState
from studio.team.models import Member


@require_safe
def job_detail(request: HttpRequest, job_id: int) -> HttpResponse:
    job = _job(request.user, job_id)
    return render(request, "jobs/detail.html", _context(job, request.user))


@require_safe
@poll
def job_detail_changes(request: HttpRequest, job_id: int) -> HttpResponse:
    """The page's live part, once the job is beyond ``?since=``; 204 before."""
    since = whole_number(request.GET.get("since", ""))
    if since is None:
        raise Http404("No such moment.")
    revision = Job.objects.for_user(request.user).filter(pk=job_id).values_list("rev", flat=True).first()
    if revision is None:
        raise Http404("No such job.")
    if revision == since and not notices_changed(request):
        return HttpResponse(status=204)
    context = _context(_job(request.user, job_id), request.user)
    context["notices_changed"] = notices_changed(request)
    return render(request, "jobs/detail_changes.html", context)


def _job(user: Any, job_id: int) -> Job:
    jobs = Job.objects.for_user(user).select_related("owner", "connection")
    return get_object_or_404(jobs, pk=job_id)


def _context(job: Job, user: Any) -> dict[str, Any]:
    asked = job.generate_request
    files = [(file, file_name(job, file)) for file in job.files.all()]
    kept = {file.position for file, _ in files}
    told = HistoryRecord.objects.filter(job=job).order_by("-seen_at").first()
    return {
        "job": job,
        "asked": asked,
        "parameters": list(parameters(asked)),
        "events": list(Event.objects.filter(job=job).select_related("person")),
        "entries": list(Entry.objects.filter(job_id=job.pk).order_by("pk")),
        "told": told,
        "files": files,
        "not_kept": [url for position, url in enumerate(job.result_urls) if position not in kept],
        "may_act": may_act(user, job),
        "is_moving": job.is_running or job.is_copying,
    }


def may_act(user: Member, job: Job) -> bool:
    """Cancelling and trying again touch somebody's credits: for the owner, and for admins."""
    return user.is_admin or job.owner_id == user.pk


@require_POST
def job_cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    job = _own_job(request.user, job_id)
    try:
        machine.cancel(job.submission, request.user)
    except machine.Moved:
        messages.warning(request, "It was already on its way to the studio, so it could not be cancelled.")
    else:
        messages.success(request, "Cancelled. Nothing was charged.")
    return redirect("dashboard:job-detail", job_id=job_id)


@require_POST
def job_try_again(request: HttpRequest, job_id: int) -> HttpResponse:
    """A blocked job goes back into the queue because a person says that what stopped it is mended."""
    job = _own_job(request.user, job_id)
    try:
        if job.state != JobState.BLOCKED:
            raise machine.Moved(f"{job} is not blocked.")
        machine.unblock(job.submission, "Tried again on request.", request.user)
    except machine.Moved:
        messages.warning(request, "It is not on hold any more.")
    else:
        messages.success(request, "It waits to be sent again.")
    return redirect("dashboard:job-detail", job_id=job_id)


@require_POST
def job_copy_again(request: HttpRequest, job_id: int) -> HttpResponse:
    """A lost copy is tried once more because a person says so."""
    job = _own_job(request.user, job_id)
    try:
        archiving.ask_again(job, request.user)
    except machine.Moved:
        messages.warning(request, "That copy is not lost any more.")
    else:
        messages.success(request, "The copy is tried again.")
    return redirect("dashboard:job-detail", job_id=job_id)


def _own_job(user: Any, job_id: int) -> Job:
    job = get_object_or_404(Job.objects.for_user(user).select_related("submission"), pk=job_id)
    if not may_act(user, job):
        raise Http404("Not yours.")
    return job
