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
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from studio.catalog import hooks
from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.catalog.vault import CannotOpen
from studio.contract.request import GenerateRequest
from studio.contract.spelling.values import in_quotes
from studio.credits.balance import latest
from studio.gateway.answers import Detail, Problem
from studio.gateway.call import Caller
from studio.gateway.idempotency import KnownRequest, RefusedByStudio
from studio.gateway.ignored_fields import warnings_for, without_ignored
from studio.gateway.refusals import refused
from studio.gateway.remaining import remaining_beside
from studio.jobs.dispatch.shortage import Shortage
from studio.jobs.dispatch.waiting import Cause, why_waiting
from studio.jobs.lifecycle.decisions import cancel
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job, Submission
from studio.jobs.money.token_budgets import project_of
from studio.jobs.notifications import answered_directly
from studio.jobs.states import SubmissionState
from studio.jobs.submit import CannotSubmit, Intent, submit

log = logging.getLogger(__name__)

ON_THE_WAY = (SubmissionState.QUEUED, SubmissionState.SENDING)
GIVEN_UP = (SubmissionState.BLOCKED, SubmissionState.CANCELLED)
LOOK_EVERY = 0.05  # seconds
WAITING_AT_ONCE = 2  # requests of one process: the others, and all pages, find a thread

_waiting = threading.BoundedSemaphore(WAITING_AT_ONCE)


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """``model`` is None if no model has that slug; it may be one that is no longer offered. ``webhook``: an address for
    hooks.for_request, or "".
    """

    wanted: GenerateRequest
    model: StudioModel | None
    webhook: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``remaining`` is what the caller can still spend, in credits: of the balance and of every hard budget.

    ``warnings`` are about fields that the model ignores.
    """

    job: Job
    remaining: int | None
    warnings: list[Detail]


def model_with(slug: object) -> StudioModel | None:
    """Also one that is no longer offered: a request that was accepted may be sent again."""
    models = default_connection().models.filter(unreadable_reason="")
    return models.with_slug(slug) if isinstance(slug, str) else None


def create_clip(caller: Caller, asked: ClipRequest, known: KnownRequest) -> Outcome:
    """What was made for the request before is returned again, even if the model no longer accepts such a request.

    Raises Problem for what is refused here, RefusedByStudio for what was sent: nothing is made, nor will be.
    """
    job = (known.jobs or _submitted(caller, asked, known.intent))[0]
    warnings = warnings_for(asked.wanted, job.request, job.model_name)
    try:
        return Outcome(_answered(job), remaining_beside(job), warnings)
    except Problem:
        raise
    except Exception:
        # The job exists. A client that is answered with a fault of ours would send it again, and pay twice.
        log.exception("The outcome of %s could not be read for the answer", job)
        return Outcome(job, None, warnings)


def intent_of(caller: Caller, asked: ClipRequest, token: UUID) -> Intent:
    """What the caller wants made, without the fields that the model ignores. Raises Problem (404)."""
    model, slug = asked.model, asked.wanted.model_slug
    if model is None or not model.is_offered:
        raise Problem(
            404, f"There is no model {in_quotes(slug)}: {reverse('gateway:models')} lists those there are."
        )
    return Intent(
        caller.member,
        model,
        without_ignored(asked.wanted, model.capability),
        token,
        project=project_of(caller.token),
        api_token=caller.token,
        refuse_shortage=True,
    )


def _submitted(caller: Caller, asked: ClipRequest, token: UUID) -> list[Job]:
    """Raises Problem."""
    intent = intent_of(caller, asked, token)
    try:
        with transaction.atomic():  # what a refused request names is not kept
            hook = hooks.for_request(caller.member, asked.webhook) if asked.webhook else None
            return submit(replace(intent, hook=hook))
    except CannotSubmit as refusal:
        raise refused(refusal) from None
    except CannotOpen as error:
        sentence = f"webhook_url cannot be kept here. {error.sentence}"
        raise Problem(503, sentence, headers={"Retry-After": "60"}) from None


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
        answered_directly(job)
        raise RefusedByStudio.at_field(job.error_field, job.error)
    if submission.blocked_for is not None and submission.state in GIVEN_UP:
        _give_up(job, submission)
    return job


def _may_be_answered_soon(job: Job) -> bool:
    """Not while something holds it back that lasts: nobody waits for the end of an hour's limit."""
    waits = why_waiting(job)
    return _is_on_its_way(job) and (waits is None or waits.cause is Cause.TURN)


def _is_on_its_way(job: Job) -> bool:
    """Or about to be found in the history: a request that a restored backup may have forgotten."""
    on_the_way = Q(state__in=ON_THE_WAY) | Q(state=SubmissionState.UNKNOWN, doubt_from__isnull=False)
    return Submission.objects.filter(on_the_way, pk=job.submission_id).exists()


def _wait(is_over: Callable[[], bool]) -> None:
    until = time.monotonic() + settings.API_PATIENCE
    while not is_over() and time.monotonic() < until:
        time.sleep(LOOK_EVERY)


def _give_up(job: Job, submission: Submission) -> None:
    """The studio has too few credits: the script gets that answer, and the request does not wait for a top-up.

    So does every caller that uses the same key, whichever of them gives the request up.
    """
    with suppress(Moved):
        cancel(submission, job.owner)
    submission.refresh_from_db()
    required = submission.blocked_for
    if submission.state != SubmissionState.CANCELLED or required is None:
        return  # a top-up came between: it is sent after all, or somebody cancelled it since
    answered_directly(job)
    reading = latest(submission.connection_id)
    short = Shortage(required, reading.credits if reading else None)
    raise RefusedByStudio.short_of_credits(short.required, short.available, short.sentence)
