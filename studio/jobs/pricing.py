"""What a request will cost, as far as that can be told before it is sent: as published, or as past clips teach.

The one place that pages, budgets and the ledger take an estimate from.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from studio.catalog.models import ModelChange, StudioModel
from studio.contract.price import Estimate, estimate
from studio.contract.request import GenerateRequest
from studio.credits import learned
from studio.credits.learned import Key, Learned
from studio.jobs.models import Job
from studio.jobs.states import JobState


def price_of(request: GenerateRequest, model: StudioModel) -> Estimate:
    """The published price, unless enough clips since its last change were charged another, or none is published.

    What is learned promises no less than most clips cost: the third quartile. The sandbox's prices are exact.
    """
    published = estimate(request, model.capability)
    if model.connection.is_sandbox:
        return published
    samples = learned.newest(key_of(request, model.connection_id))
    if len(samples) < learned.FEWEST:
        return published
    return preferred(published, learned.figures(samples, price_changed_at(model)))


def preferred(published: Estimate, found: Learned | None) -> Estimate:
    """What an estimate uses of the two."""
    if found is None or found.median == published.credits:
        return published
    return Estimate(found.promise, learned_words(found), source="learned", published=published.credits)


def learned_words(found: Learned) -> str:
    """ "learned from 12 clips: 100 to 130" """
    low, high = f"{found.lowest:,}", f"{found.highest:,}"
    spread = f"{low} each" if low == high else f"{low} to {high}"
    return f"learned from {found.runs} clips: {spread}"


def key_of(request: GenerateRequest, connection_id: int) -> Key:
    return Key(
        connection_id=connection_id,
        model_slug=request.model_slug,
        quality=request.quality_mode[:80],
        duration=request.duration_seconds or 0,
        sound=request.sound is True,
        optin=request.prompt_directory_optin,
    )


def price_changed_at(model: StudioModel) -> datetime | None:
    return price_changes([model]).get(model.pk)


def price_changes(models: Iterable[StudioModel]) -> dict[int, datetime]:
    """When the published price last changed, by the model's primary key; of those whose price ever did."""
    changes = ModelChange.objects.filter(model__in=models, what="price").order_by()
    return dict(changes.values_list("model").annotate(Max("at")))


def learn(job: Job) -> None:
    """Keep what the studio tells of a clip's price; in the transaction that books it."""
    if job.charged is None or job.refunded or job.state == JobState.FAILED:
        learned.forget(job.pk)
    else:
        key = key_of(job.generate_request, job.connection_id)
        learned.keep(key, job.pk, job.accepted_at or job.created_at, job.charged, job.estimate)
