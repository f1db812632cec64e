"""Webhooks that receive job reports: one call when a job ends, in the format that scripts read.

The report is made when it is sent (see ``studio.worker.steps.deliveries``), because this room knows jobs by id only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from studio.notify.kinds import Channel, Kind, Person
from studio.notify.models import OPEN, Delivery, DeliveryState, Format, Hook
from studio.notify.telling import announce_deliveries, quiet_ends

ANSWERED = "The script was informed in the answer to its request."


@dataclass(frozen=True, slots=True)
class End:
    """The end of one job. ``hook`` is the pk of the webhook that its request named, to be called from ``hook_from``."""

    kind: Kind  # one of JOB_ENDS
    job_id: int
    owner: Person
    title: str
    path: str
    hook: int | None = None
    hook_from: datetime | None = None


def enqueue_job_webhook(end: End) -> None:
    """Queue calls of the webhook named by the job's request (always, at any hour) and of the owner's webhooks for this
    kind (as in ``notify``). Call it in the transaction of the change. Safe to repeat.
    """
    deliveries = [*_of_request(end), *_of_owner(end)]
    if deliveries:
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        announce_deliveries()


def is_already_reported(job_id: int, hook: int) -> None:
    """Drop the waiting call: the script learned of the end from the answer to its request."""
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
