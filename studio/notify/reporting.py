"""Webhooks that take job reports: told how a job ended, in the words that scripts read, once for each job.

What is sent is read when it is sent (see ``studio.worker.steps.deliveries``): this room knows jobs by their ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from studio.notify.kinds import Channel, Kind, Person
from studio.notify.models import OPEN, Delivery, DeliveryState, Format, Hook
from studio.notify.telling import announce_deliveries, quiet_ends

ANSWERED = "Whoever asked for it was told at once."


@dataclass(frozen=True, slots=True)
class End:
    """Of one job. ``hook`` is the pk of the one that its request named, which hears of it at ``hook_from``."""

    kind: Kind  # one of JOB_ENDS
    job_id: int
    owner: Person
    title: str
    path: str
    hook: int | None = None
    hook_from: datetime | None = None


def enqueue_job_webhook(end: End) -> None:
    """The hook of the job's request, always and at any hour; those of its owner that take the kind, as told by
    ``tell``. In the caller's transaction; harmless when repeated.
    """
    deliveries = [*_of_request(end), *_of_owner(end)]
    if deliveries:
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        announce_deliveries()


def is_already_reported(job_id: int, hook: int) -> None:
    """The caller of a request was answered that nothing comes of it: its hook need not hear it as well."""
    waiting = Delivery.objects.filter(job_id=job_id, hook=hook, state__in=OPEN)
    waiting.update(state=DeliveryState.DROPPED, claim=None, last_error=ANSWERED)


def _of_request(end: End) -> Iterator[Delivery]:
    for hook in Hook.objects.filter(pk=end.hook).defer("sealed") if end.hook else ():
        yield _delivery(end, hook, end.hook_from)


def _of_owner(end: End) -> Iterator[Delivery]:
    listed = Hook.objects.listed().filter(person=end.owner.pk, format=Format.JOB).defer("sealed")
    hooks = [hook for hook in listed if end.kind in hook.kinds] if end.owner.is_active else []
    quiet_end = quiet_ends([end.owner.pk] if hooks else [], timezone.now()).get(end.owner.pk)
    for hook in hooks:
        yield _delivery(end, hook, quiet_end, held=quiet_end is not None)


def _delivery(end: End, hook: Hook, at: datetime | None, *, held: bool = False) -> Delivery:
    now = timezone.now()
    return Delivery(
        kind=end.kind,
        about=f"job {end.job_id}",
        title=end.title,
        path=end.path,
        at=now,
        channel=Channel.WEBHOOK,
        person_id=hook.person_id,
        hook=hook,
        job_id=end.job_id,
        address=hook.host,
        held=held,
        next_at=at or now,
    )
