"""From an accepted form to rows that the worker will send: one submission for each clip."""

from dataclasses import dataclass
from statistics import median
from uuid import UUID

from django.db import IntegrityError, transaction

from studio.catalog.models import Connection, StudioModel
from studio.contract.price import estimate
from studio.contract.request import GenerateRequest
from studio.contract.rules import check
from studio.credits import ledger
from studio.credits.balance import latest
from studio.jobs.machine import account_of
from studio.jobs.models import Event, Job, Revision, Submission
from studio.jobs.states import UNSENT, WATCHED, JobState
from studio.team.models import Member

MOST_VARIATIONS = 4
PAST_JOBS = 20  # how many past jobs of a model its expected time is taken from


class CannotSubmit(ValueError):
    """``errors`` maps a field of the request to the sentence for it; "" is the request as a whole."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Intent:
    """What a person pressed Generate for. ``token`` is the form's: the same token is the same intent."""

    owner: Member
    model: StudioModel
    request: GenerateRequest
    token: UUID
    variations: int = 1


def submit(intent: Intent) -> list[Job]:
    """Hold the credits and write submissions and jobs, in one transaction. Sent twice, it returns the first's jobs.

    Raises CannotSubmit, before anything is written, when the model does not take the request.
    """
    if found := _of_same_form(intent):
        return found
    if not intent.model.is_offered:
        raise CannotSubmit({"model_slug": f"{intent.model.name} is not offered any more."})
    if not 1 <= intent.variations <= MOST_VARIATIONS:
        raise CannotSubmit({"variations": f"Choose 1 to {MOST_VARIATIONS} variations."})
    if errors := check(intent.request, intent.model.capability):
        raise CannotSubmit(errors)
    try:
        with transaction.atomic():
            return [_write(intent, number) for number in range(1, intent.variations + 1)]
    except IntegrityError:  # the same form arrived twice at once: the other one won
        if found := _of_same_form(intent):
            return found
        raise


def _of_same_form(intent: Intent) -> list[Job]:
    same = Job.objects.filter(submission__owner=intent.owner, submission__token=intent.token)
    return list(same.order_by("submission__variation", "pk"))


def _write(intent: Intent, variation: int) -> Job:
    model, request = intent.model, intent.request
    body = request.to_json()
    price = estimate(request, model.capability).credits
    submission = Submission.objects.create(
        owner=intent.owner,
        connection_id=model.connection_id,
        token=intent.token,
        variation=variation,
        request=body,
    )
    job = Job.objects.create(
        owner=intent.owner,
        connection_id=model.connection_id,
        submission=submission,
        model_slug=model.slug,
        model_name=model.name,
        prompt=request.prompt,
        request=body,
        estimate=price,
        expected_seconds=expected_seconds(model.connection_id, model.slug),
        rev=Revision.bump(),
    )
    Event.objects.create(job=job, what=JobState.QUEUED, person=intent.owner)
    if price:
        ledger.hold(account_of(job), price)
    return job


def expected_seconds(connection_id: int, model_slug: str) -> int | None:
    """The median time from acceptance to the end, of the model's last clips; None before the first."""
    times = (
        Job.objects.filter(connection_id=connection_id, model_slug=model_slug, state=JobState.COMPLETED)
        .order_by("-id")
        .values_list("accepted_at", "finished_at")[:PAST_JOBS]
    )
    seconds = [(end - start).total_seconds() for start, end in times if start and end]
    return round(median(seconds)) or None if seconds else None


def available_credits(connection: Connection) -> int | None:
    """The upstream's balance less what is on its way there and not in that reading yet; None while unknown."""
    reading = latest(connection.pk)
    if reading is None:
        return None
    jobs = Job.objects.filter(connection=connection, estimate__isnull=False)
    waiting = jobs.filter(state__in=UNSENT)
    newer = jobs.filter(state__in=WATCHED, accepted_at__gt=reading.confirmed_at)
    return reading.credits - sum((waiting | newer).values_list("estimate", flat=True))
