"""What a person decides about a request in doubt. Each choice is about one attempt: a stale page changes nothing."""

from collections.abc import Callable

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.jobs.access import own_job
from dashboard.shared.confirmation import Confirmation, ask
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from dashboard.shared.words import credits_phrase
from studio.jobs.lifecycle import decisions, machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.matching.lost_requests import Doubt
from studio.jobs.models import Job
from studio.jobs.states import JobState

FROM_JOB = "job"  # ?from=: the choice was made on the job's own page


@require_POST
def attention_settle(request: MemberRequest, job_id: int) -> HttpResponse:
    """It is this job of the studio's."""
    job = own_job(request.user, job_id)
    upstream_id = request.POST.get("upstream_id", "")
    told = {candidate.report.job_id: candidate.report for candidate in Doubt(job.submission).shown}

    def settle() -> None:
        if upstream_id not in told:
            raise Moved(f"{upstream_id} is not shown for {job} any more.")
        for settled in decisions.settle_as(job.submission, upstream_id, request.user):
            machine.report(settled, told[upstream_id])

    return _decide(request, job, settle, f"Clip {job.pk} is found again. Nothing more is sent for it.")


@require_http_methods(["GET", "HEAD", "POST"])
def attention_send_again(request: MemberRequest, job_id: int) -> HttpResponse:
    """It never happened: send it again."""
    job = own_job(request.user, job_id)
    if request.method == "POST":
        said = f"Clip {job.pk} waits to be sent again."
        return _decide(request, job, lambda: decisions.resend(job.submission, request.user), said)
    return _confirm(request, job, _send_again(job, _back(request, job)))


@require_http_methods(["GET", "HEAD", "POST"])
def attention_drop(request: MemberRequest, job_id: int) -> HttpResponse:
    job = own_job(request.user, job_id)
    if request.method == "POST":
        said = f"Clip {job.pk} is dropped. Nothing more is sent for it."
        return _decide(request, job, lambda: decisions.give_up(job.submission, request.user), said)
    return _confirm(request, job, _drop(job, _back(request, job)))


def _decide(request: MemberRequest, job: Job, move: Callable[[], object], said: str) -> HttpResponse:
    """The move, if the request is still the one that the page showed."""
    try:
        if whole_number(request.POST.get("attempt", "")) != job.submission.attempt:
            raise Moved(f"{job} is at another attempt.")
        move()
    except (Moved, IntegrityError):
        _say_moved(request, job)
    else:
        messages.success(request, said)
    return redirect(_back(request, job))


def _confirm(request: MemberRequest, job: Job, confirmation: Confirmation) -> HttpResponse:
    if job.state != JobState.ATTENTION:
        _say_moved(request, job)
        return redirect(_back(request, job))
    return ask(request, confirmation)


def _say_moved(request: MemberRequest, job: Job) -> None:
    job.refresh_from_db()
    state = JobState(job.state).label
    messages.warning(request, f"Nothing changed: clip {job.pk} has moved on meanwhile, to “{state}”.")


def _back(request: MemberRequest, job: Job) -> str:
    if request.GET.get("from") == FROM_JOB:
        return reverse("dashboard:job-detail", args=[job.pk])
    return reverse("dashboard:attention-list")


def _send_again(job: Job, back: str) -> Confirmation:
    price = "" if job.estimate is None else f" for {credits_phrase(job.estimate)}"
    costs = (
        f"It costs about {credits_phrase(job.estimate)}."
        if price
        else "What it costs cannot be told beforehand."
    )
    return Confirmation(
        title=f"Send clip {job.pk} again?",
        text=f"{_found(len(Doubt(job.submission).fitting))}{costs}",
        warning="If the studio did take the first one, you pay twice.",
        about=job.prompt,
        button=f"Send again{price}",
        back=back,
        is_danger=True,
        fields={"attempt": job.submission.attempt},
    )


def _found(fitting: int) -> str:
    if not fitting:
        return ""
    clips = "a clip that fits" if fitting == 1 else f"{fitting} clips that fit"
    return f"The studio’s history shows {clips} it. "


def _drop(job: Job, back: str) -> Confirmation:
    return Confirmation(
        title=f"Drop clip {job.pk}?",
        text="It is not sent again, and not looked for any more.",
        warning="If the studio did take it, it was charged there, and its clip will not appear here.",
        about=job.prompt,
        button="Drop it",
        back=back,
        is_danger=True,
        fields={"attempt": job.submission.attempt},
    )
