"""From a request to a job, and to the studio's own answer where that comes soon.

A clip is asked for as in the browser: rows first, the worker sends. But a script expects the studio's refusals as the
answer to its request, so the answer waits a little for the worker. Whatever takes longer is ``pending``: its id stands
already, and nothing is lost when the script does not hear it.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from studio.catalog import hooks
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, StudioModel
from studio.catalog.vault import CannotOpen
from studio.contract.capability import Capability
from studio.contract.request import GenerateRequest
from studio.contract.rules import check
from studio.contract.values import in_quotes
from studio.credits.balance import latest
from studio.credits.models import BalanceReading
from studio.gateway.answers import Problem
from studio.gateway.call import Caller
from studio.gateway.remaining import remaining_beside
from studio.jobs.allowance import project_of
from studio.jobs.available import available_credits
from studio.jobs.decisions import cancel
from studio.jobs.models import Job, Submission
from studio.jobs.moving import Moved
from studio.jobs.news import answered_at_once
from studio.jobs.pricing import price_of
from studio.jobs.standing import Kind, standing
from studio.jobs.states import SubmissionState
from studio.jobs.submit import CannotSubmit, Intent, submit, submitted
from studio.jobs.waiting import Cause, why_waiting

log = logging.getLogger(__name__)

ON_THE_WAY = (SubmissionState.QUEUED, SubmissionState.SENDING)
GIVEN_UP = (SubmissionState.BLOCKED, SubmissionState.CANCELLED)
LOOK_EVERY = 0.05  # seconds
WAITING_AT_ONCE = 2  # requests of one process: the others, and all pages, find a thread
BALANCE_IS_FRESH = timedelta(minutes=1)

SHORT = "Insufficient credits"  # the API's own words

_waiting = threading.BoundedSemaphore(WAITING_AT_ONCE)


class RefusedByStudio(Problem):
    """The job that was written for the request has come to nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``remaining`` is what the caller can still spend, in credits: of the balance and of every hard budget."""

    job: Job
    remaining: int | None


def model_named(slug: str) -> StudioModel:
    """Raises Problem (404)."""
    model = default_connection().models.offered().with_slug(slug)
    if model is None:
        raise Problem(
            404, f"There is no model {in_quotes(slug)}: {reverse('gateway:models')} lists those there are."
        )
    return model


def capability_named(slug: object) -> Capability | None:
    """What a model takes, also one that is no longer offered: a request that was accepted may be sent again."""
    return default_connection().models.capability_named(slug) if isinstance(slug, str) else None


def ask(caller: Caller, request: GenerateRequest, intent: UUID, webhook: str = "") -> Asked:
    """``webhook``: a usable address that is told how the clip ended. What came before is the same job, whatever has
    become of its model since.

    Raises Problem for what is refused here, RefusedByStudio for what was sent: nothing is made, nor will be.
    """
    job = (submitted(caller.member, intent) or _submit(caller, request, intent, webhook))[0]
    try:
        return Asked(_answered(job), remaining_beside(job))
    except Problem:
        raise
    except Exception:
        # The job stands: whoever was told of a fault would ask again, and pay twice.
        log.exception("What became of %s at once could not be found out", job)
        return Asked(job, None)


def _submit(caller: Caller, request: GenerateRequest, intent: UUID, webhook: str) -> list[Job]:
    model = model_named(request.model_slug)
    if shortage := _shortage(model, request):
        if found := submitted(caller.member, intent):  # its twin came first, and holds the credits
            return found
        raise shortage
    try:
        with transaction.atomic():  # what a refused request names is not kept
            hook = hooks.for_request(caller.member, webhook) if webhook else None
            project = project_of(caller.token)
            return submit(
                Intent(
                    caller.member, model, request, intent, project=project, api_token=caller.token, hook=hook
                )
            )
    except CannotSubmit as refusal:
        raise _refused(refusal) from None
    except CannotOpen as error:
        raise Problem(503, f"webhook_url cannot be kept here. {error.sentence}") from None


def _shortage(model: StudioModel, request: GenerateRequest) -> Problem | None:
    """Where the studio's balance is known, it need not be asked to know that it will refuse.

    What the model does not take is not refused for want of credits.
    """
    if check(request, model.capability):
        return None
    reading, price = latest(model.connection_id), price_of(request, model).credits
    if reading is None or price is None or not _is_believed(reading, model.connection):
        return None
    available = available_credits(model.connection)
    return Problem(402, SHORT, **_figures(price, available)) if (available or 0) < price else None


def _is_believed(reading: BalanceReading, connection: Connection) -> bool:
    """It was told a moment ago; or a clip waits for credits, so that nothing is sent that costs more than that."""
    is_fresh = timezone.now() - reading.confirmed_at <= BALANCE_IS_FRESH
    return is_fresh or standing(connection).kind is Kind.SHORT


def _figures(required: int | None, available: int | None) -> dict[str, int | None]:
    available = None if available is None else max(0, available)
    return {"credits_required": required, "credits_available": available}


def _refused(refusal: CannotSubmit) -> Problem:
    """By the rules of the model, by a role or a project, or by a hard budget."""
    if refusal.short:
        return Problem(402, f"{SHORT}. {refusal}", **_figures(refusal.needs, refusal.short.left))
    if closed := refusal.errors.get("project"):
        return Problem(403, f"{closed} It is the project of this token: choose another one for it.")
    fields = {field: sentence for field, sentence in refusal.errors.items() if field}
    return Problem(400 if fields else 403, str(refusal), fields)


# ── The studio's own answer ─────────────────────────────────────────────────────────────────────────────
def _answered(job: Job) -> Job:
    """The job once the studio answered, or as it stands when that takes too long. Raises Problem for a refusal."""
    if _may_be_answered_soon(job) and _waiting.acquire(blocking=False):
        try:
            _wait(lambda: not _is_on_its_way(job))
        finally:
            _waiting.release()
    submission = Submission.objects.get(pk=job.submission_id)
    job.refresh_from_db()
    if submission.state == SubmissionState.REJECTED:
        answered_at_once(job)
        raise RefusedByStudio(400, job.error, {job.error_field: job.error} if job.error_field else None)
    if submission.blocked_for is not None and submission.state in GIVEN_UP:
        _give_up(job, submission)
    return job


def _may_be_answered_soon(job: Job) -> bool:
    """Not while something holds it back that lasts: nobody waits for the end of an hour's limit."""
    waits = why_waiting(job)
    return _is_on_its_way(job) and (waits is None or waits.cause is Cause.TURN)


def _is_on_its_way(job: Job) -> bool:
    return Submission.objects.filter(pk=job.submission_id, state__in=ON_THE_WAY).exists()


def _wait(is_over: Callable[[], bool]) -> None:
    until = time.monotonic() + settings.API_PATIENCE
    while not is_over() and time.monotonic() < until:
        time.sleep(LOOK_EVERY)


def _give_up(job: Job, submission: Submission) -> None:
    """The studio has too few credits: the script is told so, and the request does not wait for a top-up.

    So are all that asked under one key, whichever of them gives it up.
    """
    with suppress(Moved):
        cancel(submission, job.owner)
    submission.refresh_from_db()
    if submission.state != SubmissionState.CANCELLED:
        return  # a top-up came between: it is sent after all
    answered_at_once(job)
    reading = latest(submission.connection_id)
    available = reading.credits if reading else None
    raise RefusedByStudio(402, SHORT, **_figures(submission.blocked_for, available))
