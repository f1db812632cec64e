"""Quiet hours: a part of each day in which nothing is sent. It may span midnight."""

from datetime import datetime, time, timedelta

from django.utils import timezone


def quiet_until(begins: time, ends: time, now: datetime) -> datetime | None:
    """When the quiet hours that contain ``now`` end, by the installation's clock; None outside of them.

    Hours that begin and end at the same time are empty.
    """
    local = timezone.localtime(now, timezone.get_default_timezone())
    clock = local.time()
    is_quiet = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    if not is_quiet:
        return None
    day = local.date() if clock < ends else local.date() + timedelta(days=1)
    return datetime.combine(day, ends.replace(fold=local.fold), tzinfo=local.tzinfo)
