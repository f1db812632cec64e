"""The outbox: deliveries are claimed by one worker at a time, tried again with growing pauses, and kept as a log.

A claim is a compare-and-set with a lease. Finishing needs the claim's id, so a worker whose lease ran out cannot
overwrite the result of the next one. If a worker dies between sending and recording it, the delivery is sent again: at
least once, with the same key.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from studio.core.rows import compare_and_set
from studio.notify.kinds import SAMPLE, Channel
from studio.notify.models import (
    ENDED,
    Delivery,
    DeliveryQuerySet,
    DeliveryState,
    Hook,
    Notification,
)
from studio.notify.telling import announce_deliveries, quiet_ends

LEASE = timedelta(minutes=5)  # a mail server may take 15 s for each of about ten steps
WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)
)  # after each failed try; then it fails
MOST_AT_ONCE = 50  # in one mail
CANDIDATES = 20  # tried per call, because other workers may claim the first ones
ERROR = 300
KEPT = timedelta(days=90)  # ended deliveries, in the log
READ_KEPT = timedelta(days=180)  # read notifications, in the inbox
AT_ONCE = 500  # rows deleted per step
SOON = timedelta(seconds=10)


def claim_next(lease: timedelta = LEASE, busy: Collection[str] = ()) -> list[Delivery]:
    """Claim the next delivery until the lease runs out; several mails may be claimed together and sent as one.

    Skips deliveries whose ``goes_to`` is in ``busy``.
    """
    now = timezone.now()
    for first in _due(now, busy).order_by("next_at", "pk")[:CANDIDATES]:
        claim = uuid.uuid4()
        batch = Delivery.objects.due(now).filter(pk__in=_goes_with(first, now))
        if batch.update(state=DeliveryState.SENDING, claim=claim, next_at=now + lease):
            mine = Delivery.objects.filter(claim=claim).select_related("person", "hook")
            return list(mine.order_by("pk"))
    return []


def _due(now: datetime, busy: Collection[str]) -> DeliveryQuerySet:
    due = Delivery.objects.due(now).exclude(channel=Channel.WEBHOOK, address__in=busy)
    return due.exclude(channel=Channel.MAIL) if Channel.MAIL in busy else due


def _goes_with(first: Delivery, now: datetime) -> list[int]:
    if first.channel != Channel.MAIL or not first.held:
        return [first.pk]
    same = Delivery.objects.due(now).filter(channel=Channel.MAIL, person=first.person_id, held=True)
    return list(same.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])


def is_delivering() -> bool:
    """Whether anything is due now, or in a moment."""
    return Delivery.objects.due(timezone.now() + SOON).exists()


# ── Outcomes ────────────────────────────────────────────────────────────────────────────────────────────
def sent(batch: Sequence[Delivery], address: str) -> None:
    """It arrived. Clears earlier errors, which would look odd next to "Sent" in the log."""
    arrived = {"address": address, "sent_at": timezone.now(), "last_error": ""}
    _finish(batch, DeliveryState.SENT, **arrived, tries=batch[0].tries + 1)


def dropped(batch: Sequence[Delivery], why: str) -> None:
    """It is no longer wanted, or cannot be sent from here. This does not count as a failure."""
    _finish(batch, DeliveryState.DROPPED, last_error=why[:ERROR])


def failed(batch: Sequence[Delivery], why: str) -> None:
    """It failed permanently: another try would fail, too."""
    _finish(batch, DeliveryState.FAILED, last_error=why[:ERROR], tries=batch[0].tries + 1)


def try_again(batch: Sequence[Delivery], why: str, wait: float | None = None) -> None:
    """Try again later, outside of quiet hours. ``wait``: the seconds that the receiver asked for."""
    first = batch[0]
    tries = first.tries + 1
    if tries > len(WAITS):
        failed(batch, why)
        return
    at = timezone.now() + max(WAITS[tries - 1], timedelta(seconds=wait or 0))
    quiet_end = quiet_ends(_with_quiet_hours(first), at).get(first.person_id)
    _finish(
        batch,
        DeliveryState.WAITING,
        tries=tries,
        next_at=quiet_end or at,
        held=first.held or quiet_end is not None,
        last_error=why[:ERROR],
    )


def _with_quiet_hours(delivery: Delivery) -> list[int]:
    """The person whose quiet hours apply: the team and scripts have none."""
    is_for_script = delivery.hook is not None and delivery.hook.is_for_requests
    return [delivery.person_id] if delivery.person_id and not is_for_script else []


def _finish(batch: Sequence[Delivery], state: DeliveryState, **fields: Any) -> None:
    mine = Delivery.objects.filter(claim=batch[0].claim, state=DeliveryState.SENDING)
    mine.update(state=state, claim=None, answer=batch[0].answer, **fields)


def forget_old() -> int:
    """Delete the oldest rows that are no longer needed from log and inbox. Returns how many; with AT_ONCE or more,
    call it again.
    """
    now = timezone.now()
    ended = Delivery.objects.filter(state__in=ENDED, at__lt=now - KEPT)
    read = Notification.objects.filter(read_at__isnull=False, at__lt=now - READ_KEPT)
    return _forget(ended) + _forget(read)


def _forget(rows: QuerySet[Any]) -> int:
    oldest = rows.order_by("at").values_list("pk", flat=True)[:AT_ONCE]
    return rows.filter(pk__in=list(oldest)).delete()[0]


# ── Actions of a person ─────────────────────────────────────────────────────────────────────────────────
def send_again(delivery: Delivery) -> bool:
    """Send a delivery again if ``can_go_again``: now, at any hour, with the same key and all tries. False if not."""
    if not delivery.can_go_again:
        return False
    fresh = {"state": DeliveryState.WAITING, "next_at": timezone.now(), "held": False}
    as_read = Delivery.objects.filter(state=delivery.state, tries=delivery.tries)
    is_open = compare_and_set(as_read, delivery, **fresh, tries=0, last_error="", answer=None)
    announce_deliveries()
    return is_open


def send_sample(hook: Hook) -> Delivery:
    """Send a test to the webhook now, at any hour."""
    now = timezone.now()
    sample = Delivery.objects.create(
        kind=SAMPLE,
        about=str(uuid.uuid4()),
        title="Dailies can reach you here",
        text="This is a test: nothing happened.",
        path="/notifications/",
        at=now,
        channel=Channel.WEBHOOK,
        person_id=hook.person_id,
        hook=hook,
        address=hook.host,
        next_at=now,
    )
    announce_deliveries()
    return sample
