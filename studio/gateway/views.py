"""The calls of the Video Studio API, and the quote of our own: answers as the contract has them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from studio.catalog import hooks
from studio.catalog.connections import default_connection
from studio.catalog.register import NotPossible
from studio.contract.decode.request import decode_request
from studio.contract.encode import to_json
from studio.contract.errors import InvalidRequest
from studio.contract.spelling.values import in_quotes
from studio.gateway import body, idempotency
from studio.gateway.answers import INSUFFICIENT, Detail, Problem, listed, success
from studio.gateway.call import READING, Caller, call
from studio.gateway.generate import ClipRequest, create_clip, intent_of, model_with
from studio.gateway.ignored_fields import warnings_for
from studio.gateway.quote import quote as quoted
from studio.gateway.refusals import refused
from studio.gateway.remaining import remaining
from studio.jobs.job_report import job_report
from studio.jobs.models import Job, JobQuerySet
from studio.jobs.notifications import ANSWER_MARGIN
from studio.jobs.states import JobState
from studio.jobs.submit import CannotSubmit
from studio.tokens.models import Scope

POSTING = frozenset({"POST"})
WEBHOOK = "webhook_url"  # our own field of a generate request
USUAL_LIMIT = 20
MOST_LIMIT = 100
REFUSED = (JobState.REJECTED, JobState.CANCELLED)


@call(READING, Scope.READ, Scope.GENERATE)
def models(request: HttpRequest, caller: Caller) -> HttpResponse:
    offered = default_connection().models.offered()
    return success(models=[to_json(model.capability) for model in offered])


@call(POSTING, Scope.GENERATE)
def generate(request: HttpRequest, caller: Caller) -> HttpResponse:
    said, asked = _read(request)
    with idempotency.recognized(request, caller.token, said) as known:
        outcome = create_clip(caller, asked, known)
    return success(
        job_ids=[str(outcome.job.public_id)],
        credits_remaining_total=outcome.remaining,
        warnings=listed(outcome.warnings),
    )


@call(POSTING, Scope.READ)
def quote(request: HttpRequest, caller: Caller) -> HttpResponse:
    _, asked = _read(request)
    intent = intent_of(caller, asked, uuid4())
    try:
        found = quoted(intent)
    except CannotSubmit as refusal:
        raise refused(refusal) from None
    warnings = warnings_for(asked.wanted, intent.request.to_json(), intent.model.name)
    if found.short:
        warnings.append(Detail("", f"{INSUFFICIENT}. {found.short}"))
    return success(
        credits=found.credits,
        basis=found.basis,
        reason=found.reason,
        credits_remaining_after=found.remaining_after,
        needs_approval=bool(found.approval),
        warnings=listed([*warnings, *(Detail("", reason) for reason in found.approval)]),
    )


def _read(request: HttpRequest) -> tuple[dict[str, Any], ClipRequest]:
    """The body, and the request in it. Raises Problem."""
    said = body.read(request)
    model = model_with(said.get("model_slug"))
    try:
        wanted = decode_request(said, model.capability if model else None, also=(WEBHOOK,))
    except InvalidRequest as error:
        raise Problem.at_field(error.field, error.sentence) from None
    return said, ClipRequest(wanted, model, _webhook(said.get(WEBHOOK)))


@call(READING, Scope.READ, Scope.GENERATE)
def status(request: HttpRequest, caller: Caller, job_id: str) -> HttpResponse:
    return success(job=job_report(job_of(caller, job_id)))


@call(READING, Scope.READ)
def history(request: HttpRequest, caller: Caller) -> HttpResponse:
    """``next`` is the address of the page of older jobs, None on the last one."""
    _expect_parameters(request, "limit", "before")
    limit = _limit(request)
    found = _known(jobs_of(caller)).before(_before(request, caller)).newest_first()[: limit + 1]
    page = list(found)[:limit]
    older = {"limit": limit, "before": str(page[-1].public_id)} if len(found) > limit else None
    return success(
        jobs=[job_report(job) for job in page],
        credits_remaining_total=remaining(caller),
        next=f"{request.path}?{urlencode(older)}" if older else None,
    )


@call(READING | POSTING, Scope.READ, Scope.GENERATE)
def nothing(request: HttpRequest, caller: Caller, rest: str = "") -> HttpResponse:
    """Any other address below /api/."""
    slash = (
        "" if not rest or rest.endswith("/") else f" Addresses here end with a slash: {request.path[:200]}/"
    )
    raise Problem(404, f"There is nothing at this address.{slash}")


def _webhook(url: object) -> str:
    """Where this request wants to be told how its clip ended; "" for nowhere. Raises Problem."""
    if url is None:
        return ""
    if not isinstance(url, str):
        raise Problem.at_field(WEBHOOK, f"{WEBHOOK} must be text.")
    try:
        hooks.expect_usable(url)
    except NotPossible as error:
        raise Problem(400, f"{WEBHOOK}: {error.sentence}", [Detail(WEBHOOK, error.sentence)]) from None
    return url


def jobs_of(caller: Caller) -> JobQuerySet:
    """The member's own; of a token that may not read, those that it asked for itself."""
    jobs = Job.objects.for_user(caller.member).filter(owner=caller.member)
    jobs = jobs.select_related("connection").prefetch_related("files")
    return jobs if caller.token.may(Scope.READ) else jobs.filter(api_token=caller.token)


def _known(jobs: JobQuerySet) -> JobQuerySet:
    """Without what was refused while its caller still waited for the answer: nobody was given an id of it.

    What was told ``pending`` first stays, however it ended.
    """
    while_waiting = F("created_at") + timedelta(seconds=settings.API_PATIENCE + ANSWER_MARGIN)
    return jobs.exclude(state__in=REFUSED, state_since__lte=while_waiting)


def job_of(caller: Caller, job_id: str) -> Job:
    """Raises Problem (404), also for a job of somebody else."""
    try:
        return jobs_of(caller).get(public_id=UUID(job_id))
    except (Job.DoesNotExist, ValueError):
        raise Problem(404, "There is no such job.") from None


def _expect_parameters(request: HttpRequest, *known: str) -> None:
    """Raises Problem: a misspelt one, ignored, would answer another question than was asked."""
    for name, values in request.GET.lists():
        if name not in known:
            known_words = " and ".join(known)
            raise Problem(400, f"There is no parameter {in_quotes(name)}: this call takes {known_words}.")
        if len(values) > 1:
            raise Problem.at_field(name, f"{name} is given twice.")


def _limit(request: HttpRequest) -> int:
    asked = request.GET.get("limit", str(USUAL_LIMIT))
    if not (asked.isascii() and asked.isdecimal()) or not int(asked[:9]) > 0:
        raise Problem.at_field("limit", f"limit must be a whole number from 1 to {MOST_LIMIT}.")
    return min(int(asked[:9]), MOST_LIMIT)


def _before(request: HttpRequest, caller: Caller) -> int | None:
    """The primary key that the page ends above. Raises Problem for what is none of the caller's jobs."""
    job_id = request.GET.get("before")
    if job_id is None:
        return None
    try:
        return job_of(caller, job_id).pk
    except Problem:
        raise Problem.at_field("before", "before must be the job_id of one of your jobs.") from None
