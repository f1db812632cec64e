"""The four calls of the Video Studio API, and their list of what is missing: answers as the contract has them."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from studio.catalog import hooks
from studio.catalog.connections import default_connection
from studio.catalog.register import NotPossible
from studio.contract.decode_request import decode_request
from studio.contract.encode import to_json
from studio.contract.errors import InvalidRequest
from studio.gateway import body, idempotency
from studio.gateway.answers import Problem, success
from studio.gateway.asking import ask, capability_named
from studio.gateway.call import READING, Caller, call
from studio.gateway.remaining import remaining
from studio.jobs.models import Job, JobQuerySet
from studio.jobs.news import TO_ANSWER
from studio.jobs.report import told
from studio.jobs.states import JobState
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
    said = body.read(request)
    try:
        wanted = decode_request(said, capability_named(said.get("model_slug")), also=(WEBHOOK,))
    except InvalidRequest as error:
        raise Problem(400, error.sentence, {error.field: error.sentence} if error.field else None) from None
    webhook = _webhook(said.get(WEBHOOK))
    intent = idempotency.intent_of(request, caller.token, said)
    with idempotency.freed_by_refusal(caller.token, intent):
        asked = ask(caller, wanted, intent, webhook)
    return success(job_ids=[str(asked.job.public_id)], credits_remaining_total=asked.remaining)


@call(READING, Scope.READ, Scope.GENERATE)
def status(request: HttpRequest, caller: Caller, job_id: str) -> HttpResponse:
    return success(job=told(job_of(caller, job_id)))


@call(READING, Scope.READ)
def history(request: HttpRequest, caller: Caller) -> HttpResponse:
    jobs = _known(jobs_of(caller)).newest_first()
    rows = [told(job) for job in jobs[: _limit(request)]]
    return success(jobs=rows, credits_remaining_total=remaining(caller))


@call(READING | POSTING, Scope.READ, Scope.GENERATE)
def nothing(request: HttpRequest, caller: Caller, rest: str = "") -> HttpResponse:
    """Whatever else is asked for below /api/v1/."""
    slash = "" if not rest or rest.endswith("/") else " Addresses here end with a slash."
    raise Problem(404, f"There is nothing at this address.{slash}")


def _webhook(url: object) -> str:
    """Where this request wants to be told how its clip ended; "" for nowhere. Raises Problem."""
    if url is None:
        return ""
    if not isinstance(url, str):
        raise Problem(400, f"{WEBHOOK} must be text.", {WEBHOOK: f"{WEBHOOK} must be text."})
    try:
        hooks.expect_usable(url)
    except NotPossible as error:
        raise Problem(400, f"{WEBHOOK}: {error.sentence}", {WEBHOOK: error.sentence}) from None
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
    while_waiting = F("created_at") + timedelta(seconds=settings.API_PATIENCE + TO_ANSWER)
    return jobs.exclude(state__in=REFUSED, state_since__lte=while_waiting)


def job_of(caller: Caller, job_id: str) -> Job:
    """Raises Problem (404), also for a job of somebody else."""
    try:
        return jobs_of(caller).get(public_id=UUID(job_id))
    except (Job.DoesNotExist, ValueError):
        raise Problem(404, "There is no such job.") from None


def _limit(request: HttpRequest) -> int:
    asked = request.GET.get("limit", str(USUAL_LIMIT))
    if not (asked.isascii() and asked.isdecimal()) or not int(asked[:9]) > 0:
        raise Problem(400, f"limit must be a whole number from 1 to {MOST_LIMIT}.")
    return min(int(asked[:9]), MOST_LIMIT)
