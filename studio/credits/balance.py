"""What the upstream says is left, and how old that word is."""

from datetime import datetime

from django.utils import timezone

from studio.credits.models import BalanceReading


def latest(connection_id: int) -> BalanceReading | None:
    """The newest reading; None when this upstream has not told its balance yet."""
    return BalanceReading.objects.filter(connection_id=connection_id).first()


def note_balance(connection_id: int, credits: int | None, at: datetime | None = None) -> None:
    """Keep a reading. One that repeats the newest only confirms it; a late, older one is dropped."""
    if credits is None:
        return
    at = at or timezone.now()
    newest = latest(connection_id)
    if newest and newest.credits == credits:
        BalanceReading.objects.filter(pk=newest.pk, confirmed_at__lt=at).update(confirmed_at=at)
    elif newest is None or at >= newest.confirmed_at:
        BalanceReading.objects.create(connection_id=connection_id, credits=credits, at=at, confirmed_at=at)
