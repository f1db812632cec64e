"""The page of one clip: its player, settings, timeline, cost and actions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.attention.evidence import shown
from dashboard.jobs.access import may_act, may_hide, own_job
from dashboard.jobs.address import choices
from dashboard.jobs.timeline import timeline
from dashboard.jobs.waiting import waiting_line
from dashboard.jobs.words import file_name
from dashboard.polls.views import notices_changed, poll
from dashboard.shared.change_messages import change_message, moved_on
from dashboard.shared.confirmation import Confirmation, ask
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from dashboard.shared.words import credits_phrase
from studio.contract.words import facts, inputs
from studio.core.errors import UserFacingError
from studio.credits.models import Entry
from studio.jobs.lifecycle import archiving, decisions, machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import HistoryRecord, Job
from studio.jobs.states import DOUBTFUL, JobState
from studio.jobs.visibility import hiding


@require_safe
def job_detail(request: MemberRequest, job_id: int) -> HttpResponse:
    job = _job(request.user, job_id)
    return render(request, "jobs/detail.html", _context(job, request.user))


@require_safe
@poll
def job_detail_changes(request: MemberRequest, job_id: int) -> HttpResponse:
    """The live part of the page once the job's revision is beyond ``?since=``; 204 before."""
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


@require_safe
def job_waits(request: MemberRequest, job_id: int) -> HttpResponse:
    """Why it is waiting now; 204 once it is not waiting: the page's own poller brings the next state."""
    job = _job(request.user, job_id)
    if job.state != JobState.QUEUED:
        return HttpResponse(status=204)
    return render(request, "jobs/waits.html", {"job": job, "waits": waiting_line(job)})


def _job(user: Any, job_id: int) -> Job:
    beside = ("owner", "spender", "project", "submission__connection", "connection", "api_token")
    jobs = Job.objects.for_user(user).select_related(*beside)
    return get_object_or_404(jobs, pk=job_id)


def _context(job: Job, user: Any) -> dict[str, Any]:
    asked, capability = job.generate_request, job.connection.models.capability_named(job.model_slug)
    files = [(file, file_name(job, file)) for file in job.visible_files]
    kept = {file.position for file, _ in files}
    told = HistoryRecord.objects.for_user(user).filter(job=job).order_by("-seen_at").first()
    return {
        "job": job,
        "asked": asked,
        "parameters": facts(asked.values, capability),
        "inputs": inputs(asked.values, capability),
        "moments": timeline(job.visible_events),
        "entries": list(Entry.objects.filter(job_id=job.pk).order_by("pk")),
        "told": None if job.is_hidden else told,
        "files": files,
        "not_kept": [url for position, url in enumerate(job.result_urls) if position not in kept],
        "may_act": may_act(user, job),
        "may_hide": may_hide(user, job),
        "waits": waiting_line(job),
        "shown": next(iter(shown([job], user)), None) if _is_in_doubt(job) else None,
        "addresses": choices(job, told),
        "is_moving": job.is_running or job.is_copying or any(file.extras for file, _ in files),
    }


def _is_in_doubt(job: Job) -> bool:
    """Whether it is unknown if the studio accepted it."""
    return job.state in DOUBTFUL and not job.is_at_studio


@require_POST
def job_cancel(request: MemberRequest, job_id: int) -> HttpResponse:
    job = own_job(request.user, job_id)
    done = "Cancelled. Nothing was charged."
    moved = "This clip was already being sent, so it could not be cancelled."
    with change_message(request, done, moved):
        decisions.cancel(job.submission, request.user)
    return redirect("dashboard:job-detail", job_id=job_id)


@require_POST
def job_try_again(request: MemberRequest, job_id: int) -> HttpResponse:
    """Return a blocked job to the queue because a person says that the problem is fixed."""
    job = own_job(request.user, job_id)
    done = "Back in the queue."
    moved = "This clip is no longer on hold."
    with change_message(request, done, moved):
        if job.state != JobState.BLOCKED:
            raise Moved(f"{job} is not on hold.")
        machine.unblock(job.submission, "Retried on request.", request.user)
    return redirect("dashboard:job-detail", job_id=job_id)


@require_POST
def job_copy_again(request: MemberRequest, job_id: int) -> HttpResponse:
    """Retry a lost copy on request."""
    job = own_job(request.user, job_id)
    done = "Retrying the copy."
    moved = "Nothing changed: the copy is no longer lost."
    with change_message(request, done, moved):
        archiving.ask_again(job, request.user)
    return redirect("dashboard:job-detail", job_id=job_id)


@require_POST
def job_mark_failed(request: MemberRequest, job_id: int) -> HttpResponse:
    """Mark a clip as failed although the studio has not reported an end."""
    job = own_job(request.user, job_id)
    done = "Marked as failed. If the studio still delivers it, it appears here."
    moved = "Nothing changed: this clip no longer needs a decision."
    with change_message(request, done, moved):
        decisions.mark_failed(job, request.user)
    return redirect("dashboard:job-detail", job_id=job_id)


@require_POST
def job_hide(request: MemberRequest, job_id: int) -> HttpResponse:
    """Make a clip private: only the person who requested it sees the prompt and the clip."""
    job = _own_clip(request.user, job_id)
    try:
        if hiding.hide(job, request.user):
            messages.success(request, "Now private: only you can see the prompt and the clip.")
    except UserFacingError as refusal:
        messages.warning(request, refusal.sentence)
    return redirect("dashboard:job-detail", job_id=job_id)


@require_POST
def job_show(request: MemberRequest, job_id: int) -> HttpResponse:
    if hiding.show(_own_clip(request.user, job_id), request.user):
        messages.success(request, "Everyone on the team can see it now.")
    return redirect("dashboard:job-detail", job_id=job_id)


def _own_clip(user: Any, job_id: int) -> Job:
    """Raises Http404 for anyone but the person who requested it, admins included."""
    job = _job(user, job_id)
    if not may_hide(user, job):
        raise Http404("Not yours.")
    return job


@require_http_methods(["GET", "HEAD", "POST"])
def job_stop(request: MemberRequest, job_id: int) -> HttpResponse:
    """Stop tracking a clip at the studio, which may still finish and charge it."""
    job = own_job(request.user, job_id)
    if request.method != "POST" and job.can_be_left:
        return ask(request, _stop(job))
    with change_message(request, "No longer tracked.", lambda: moved_on(job)):
        if request.method != "POST":
            raise Moved(f"{job} is no longer in progress.")
        decisions.stop_watching(job, request.user)
    return redirect("dashboard:job-detail", job_id=job_id)


def _stop(job: Job) -> Confirmation:
    price = "" if job.credits is None else f" (about {credits_phrase(job.credits)})"
    return Confirmation(
        title=f"Stop tracking clip {job.pk}?",
        text="If it turns up as ready in the studio’s history, the clip appears here.",
        warning=f"The studio may still finish and charge it{price}.",
        about=job.prompt,
        button="Stop tracking",
        back=reverse("dashboard:job-detail", args=[job.pk]),
        stay="Keep tracking",
    )
