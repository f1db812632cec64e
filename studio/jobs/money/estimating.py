"""Estimates what a request will cost, from the published price or from past clips.

Pages, budgets and the ledger take every estimate from here.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from studio.catalog.models import ModelChange, StudioModel
from studio.contract.capability import Capability
from studio.contract.price import Estimate, estimate
from studio.contract.published_price import DURATION, QUALITY, SOUND, as_text
from studio.contract.request import GenerateRequest
from studio.credits import learned
from studio.credits.learned import Key, Learned
from studio.jobs.models import Job
from studio.jobs.states import JobState
from studio.notify.kinds import Kind
from studio.notify.telling import notify
from studio.team.models import Member

IN_KEY = {DURATION, QUALITY, SOUND, "prompt_directory_optin"}  # columns of their own
NO_PRICE = {"aspect_ratio"}  # no studio charges for this choice, unless its price names it


def price_of(request: GenerateRequest, model: StudioModel) -> Estimate:
    """The price of one clip: as published, or as learned if the clips since its last change were charged differently.

    The sandbox's prices are exact.
    """
    published = estimate(request, model.capability)
    if model.connection.is_sandbox:
        return published
    samples = learned.newest(key_of(request, model.connection_id, model.capability))
    if not samples:
        return published
    return preferred(published, learned.figures(samples, price_changed_at(model)))


def preferred(published: Estimate, found: Learned | None) -> Estimate:
    """The better of the two. A few clips are enough to raise a price; lowering it takes several."""
    if found is None or found.promise == published.credits:
        return published
    if not found.is_settled and published.credits is not None and found.promise < published.credits:
        return published
    return Estimate(found.promise, learned_words(found), source="learned", published=published.credits)


def learned_words(found: Learned) -> str:
    """ "learned from 12 clips: 100 to 130" """
    low, high = f"{found.lowest:,}", f"{found.highest:,}"
    if found.runs == 1:
        return f"learned from 1 clip: {low}"
    spread = f"{low} each" if low == high else f"{low} to {high}"
    return f"learned from {found.runs} clips: {spread}"


def key_of(request: GenerateRequest, connection_id: int, capability: Capability | None) -> Key:
    """``capability`` is None for a model that can no longer be decoded."""
    return Key(
        connection_id=connection_id,
        model_slug=request.model_slug,
        quality=request.quality_mode[:80],
        duration=request.duration_seconds or 0,
        sound=request.sound is True,
        optin=request.prompt_directory_optin,
        others=_others(request, capability) if capability else "",
    )


def _others(request: GenerateRequest, capability: Capability) -> str:
    """The request's other values that the price depends on, or may depend on."""
    choosable = {one.name for one in capability.parameters if one.kind in ("choice", "flag") or one.choices}
    names = capability.price.names | (choosable - NO_PRICE)
    values = request.values
    lines = (f"{name}={as_text(values[name])}" for name in sorted(names - IN_KEY) if name in values)
    return "\n".join(lines)[:200]


def price_changed_at(model: StudioModel) -> datetime | None:
    return price_changes([model]).get(model.pk)


def price_changes(models: Iterable[StudioModel]) -> dict[int, datetime]:
    """When each model's published price last changed, by its primary key; only models whose price ever did."""
    changes = ModelChange.objects.filter(model__in=models, what="price").order_by()
    return dict(changes.values_list("model").annotate(Max("at")))


def learn(job: Job) -> None:
    """Keep what the studio charged for a clip, in the transaction that books it.

    Admins are notified of a charge above its estimate.
    """
    if job.charged is None or job.refunded or job.state == JobState.FAILED:
        learned.forget(job.pk)
        return
    model = StudioModel.objects.filter(connection=job.connection_id, slug=job.model_slug).first()
    capability = model.capability if model and not model.unreadable_reason else None
    key = key_of(job.generate_request, job.connection_id, capability)
    sample = learned.keep(key, job.pk, job.accepted_at or job.created_at, job.charged, job.estimate)
    if learned.cost_more(sample):
        _warn_of_higher_price(job)


def _warn_of_higher_price(job: Job) -> None:
    """Once a day for each model and pair of figures, so that ten clips in progress send one notification."""
    notify(
        Kind.PRICE_HIGHER,
        Member.objects.active_admins(),
        about=f"price:{timezone.localdate()}:{job.charged}:{job.estimate}:{job.connection_id}:{job.model_slug}",
        title=f"{job.model_name} cost more than estimated",
        text=f"A clip was charged {job.charged:,} credits; its estimate was {job.estimate:,}. "
        "Estimates for the same choices now use the highest of the recent charges, until three in a row agree.",
        path=reverse("dashboard:price-list"),
    )
