"""Decisions about a request in doubt. Each is about one attempt, so a stale page changes nothing."""

from collections.abc import Callable

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.jobs.access import own_job
from dashboard.shared.change_messages import change_message, moved_on
from dashboard.shared.confirmation import Confirmation, ask
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from dashboard.shared.words import credits_phrase
from studio.jobs.lifecycle import decisions, machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.matching.lost_requests import Doubt
from studio.jobs.models import Job
from studio.jobs.states import JobState

FROM_JOB = "job"  # ?from=: the decision was made on the clip's own page


@require_POST
def attention_settle(request: MemberRequest, job_id: int) -> HttpResponse:
    """Link the request to this job of the studio."""
    job = own_job(request.user, job_id)
    upstream_id = request.POST.get("upstream_id", "")
    told = {candidate.report.job_id: candidate.report for candidate in Doubt(job.submission).shown}

    def settle() -> None:
        if upstream_id not in told:
            raise Moved(f"{upstream_id} is no longer shown for {job}.")
        try:
            found = decisions.settle_as(job.submission, upstream_id, request.user)
        except IntegrityError as error:  # another request was given that job at the same time
            raise Moved(f"{upstream_id} is another job of ours.") from error
        for settled in found:
            machine.report(settled, told[upstream_id])

    return _decide(request, job, settle, f"Clip {job.pk} was found. It will not be sent again.")


@require_http_methods(["GET", "HEAD", "POST"])
def attention_send_again(request: MemberRequest, job_id: int) -> HttpResponse:
    """Send the request again: it was not made."""
    job = own_job(request.user, job_id)
    if request.method == "POST":
        said = f"Clip {job.pk} is back in the queue."
        return _decide(request, job, lambda: decisions.resend(job.submission, request.user), said)
    return _confirm(request, job, _send_again(job, _back(request, job)))


@require_http_methods(["GET", "HEAD", "POST"])
def attention_drop(request: MemberRequest, job_id: int) -> HttpResponse:
    job = own_job(request.user, job_id)
    if request.method == "POST":
        said = f"Clip {job.pk} dropped. It will not be sent again."
        return _decide(request, job, lambda: decisions.give_up(job.submission, request.user), said)
    return _confirm(request, job, _drop(job, _back(request, job)))


def _decide(request: MemberRequest, job: Job, move: Callable[[], object], said: str) -> HttpResponse:
    """Make the move if the request is still at the attempt that the page showed."""
    with change_message(request, said, lambda: moved_on(job)):
        if whole_number(request.POST.get("attempt", "")) != job.submission.attempt:
            raise Moved(f"{job} is at another attempt.")
        move()
    return redirect(_back(request, job))


def _confirm(request: MemberRequest, job: Job, confirmation: Confirmation) -> HttpResponse:
    if job.state != JobState.ATTENTION:
        messages.warning(request, moved_on(job))
        return redirect(_back(request, job))
    return ask(request, confirmation)


def _back(request: MemberRequest, job: Job) -> str:
    if request.GET.get("from") == FROM_JOB:
        return reverse("dashboard:job-detail", args=[job.pk])
    return reverse("dashboard:attention-list")


def _send_again(job: Job, back: str) -> Confirmation:
    price = "" if job.estimate is None else f" for {credits_phrase(job.estimate)}"
    costs = (
        f"It costs about {credits_phrase(job.estimate)}."
        if price
        else "The price is only known after sending."
    )
    return Confirmation(
        title=f"Send clip {job.pk} again?",
        text=f"{_found(len(Doubt(job.submission).fitting))}{costs}",
        warning="If the studio accepted the first request, you pay twice.",
        about=job.prompt,
        button=f"Send again{price}",
        back=back,
        is_danger=True,
        fields={"attempt": job.submission.attempt},
    )


def _found(fitting: int) -> str:
    if not fitting:
        return ""
    clips = "a clip that matches" if fitting == 1 else f"{fitting} clips that match"
    return f"The studio’s history shows {clips} this request. "


def _drop(job: Job, back: str) -> Confirmation:
    return Confirmation(
        title=f"Drop clip {job.pk}?",
        text="It is not sent again, and Dailies stops looking for it.",
        warning="If the studio accepted it, it was charged, and the clip will not appear here.",
        about=job.prompt,
        button="Drop",
        back=back,
        is_danger=True,
        fields={"attempt": job.submission.attempt},
    )
