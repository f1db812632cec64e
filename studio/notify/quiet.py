"""Quiet hours: a stretch of each day in which nothing is sent. It may wrap midnight."""

from datetime import datetime, time, timedelta

from django.utils import timezone


def quiet_until(begins: time, ends: time, now: datetime) -> datetime | None:
    """When the quiet that ``now`` lies in is over, by the installation's clock; None when it lies in none.

    Quiet hours that end as they begin are none.
    """
    local = timezone.localtime(now, timezone.get_default_timezone())
    clock = local.time()
    is_quiet = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    if not is_quiet:
        return None
    day = local.date() if clock < ends else local.date() + timedelta(days=1)
    return datetime.combine(day, ends.replace(fold=local.fold), tzinfo=local.tzinfo)
