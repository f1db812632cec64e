"""The balance as the upstream reports it, and the age of that report."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from studio.credits.models import BalanceReading
from studio.notify.kinds import Kind
from studio.notify.telling import notify
from studio.team.models import Member


def latest(connection_id: int) -> BalanceReading | None:
    """The newest reading; None if this upstream has not reported a balance yet."""
    return BalanceReading.objects.filter(connection_id=connection_id).first()


def note_balance(
    connection_id: int,
    credits: int | None,
    at: datetime | None = None,
    asked_at: datetime | None = None,
) -> None:
    """Store a balance that was reported at ``at``, in answer to a request of ``asked_at``: true at a time in between.

    A reading equal to the newest only confirms it. A late one is dropped, and so is the answer to an older request:
    clips requested since may have been charged before the balance was read, or not.
    """
    if credits is None:
        return
    at = at or timezone.now()
    newest = latest(connection_id)
    if newest and newest.credits == credits:
        mine = BalanceReading.objects.filter(pk=newest.pk, confirmed_at__lt=at)
        mine.update(confirmed_at=at, confirmed_asked_at=_later(asked_at, newest))
    elif newest is None or (at >= newest.confirmed_at and _later(asked_at, newest) == asked_at):
        times = {"at": at, "confirmed_at": at, "asked_at": asked_at, "confirmed_asked_at": asked_at}
        with transaction.atomic():
            reading = BalanceReading.objects.create(connection_id=connection_id, credits=credits, **times)
            if is_low(credits) and not (newest and is_low(newest.credits)):
                _warn(reading)


def _later(asked_at: datetime | None, newest: BalanceReading) -> datetime | None:
    """The later of this request and the newest reading's last one; this one if either time is unknown."""
    known = newest.confirmed_asked_at
    return known if asked_at and known and known > asked_at else asked_at


def is_low(credits: int) -> bool:
    return credits < settings.BALANCE_LOW_BELOW


def _warn(reading: BalanceReading) -> None:
    """Notify once, until the balance has risen again. The sandbox's credits cost nothing, so it never warns."""
    if reading.connection.is_sandbox:
        return
    notify(
        Kind.BALANCE_LOW,
        Member.objects.deciding(),
        about=f"balance reading {reading.pk}",
        title=f"{reading.connection}: {reading.credits:,} credits left",
        text="When they run out, clips wait until you top up.",
        path=reverse("dashboard:credits"),
        at=reading.at,
    )
