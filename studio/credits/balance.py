"""What the upstream says is left, and how old that word is."""

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
    """The newest reading; None when this upstream has not told its balance yet."""
    return BalanceReading.objects.filter(connection_id=connection_id).first()


def note_balance(
    connection_id: int,
    credits: int | None,
    at: datetime | None = None,
    asked_at: datetime | None = None,
) -> None:
    """Keep a reading: told at ``at`` to a question of ``asked_at``, so true at some time between the two.

    One that repeats the newest only confirms it. A late one is dropped, and so is the answer to an older question: what
    was asked for since may have been charged before it was told, or not.
    """
    if credits is None:
        return
    at = at or timezone.now()
    newest = latest(connection_id)
    if newest and newest.credits == credits:
        mine = BalanceReading.objects.filter(pk=newest.pk, confirmed_at__lt=at)
        mine.update(confirmed_at=at, confirmed_asked_at=_later(asked_at, newest))
    elif newest is None or (at >= newest.confirmed_at and _later(asked_at, newest) == asked_at):
        told = {"at": at, "confirmed_at": at, "asked_at": asked_at, "confirmed_asked_at": asked_at}
        with transaction.atomic():
            reading = BalanceReading.objects.create(connection_id=connection_id, credits=credits, **told)
            if is_low(credits) and not (newest and is_low(newest.credits)):
                _warn(reading)


def _later(asked_at: datetime | None, newest: BalanceReading) -> datetime | None:
    """Of this question and the last that the newest reading answers; this one where either time is not known."""
    known = newest.confirmed_asked_at
    return known if asked_at and known and known > asked_at else asked_at


def is_low(credits: int) -> bool:
    return credits < settings.BALANCE_LOW_BELOW


def _warn(reading: BalanceReading) -> None:
    """Once, until it rose above again. A sandbox's credits are nobody's money."""
    if reading.connection.is_sandbox:
        return
    notify(
        Kind.BALANCE_LOW,
        Member.objects.deciding(),
        about=f"balance reading {reading.pk}",
        title=f"{reading.connection}: {reading.credits:,} credits are left",
        text="When they are used up, clips wait until it is topped up.",
        path=reverse("dashboard:credits"),
        at=reading.at,
    )
