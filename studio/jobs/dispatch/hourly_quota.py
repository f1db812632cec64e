"""The hourly quota of a connection: how many paid requests it may send in any 60 minutes, and how many it sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from studio.catalog.models import Connection
from studio.jobs.models import Attempt

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HourlyQuota:
    """``sent``: the times of the trailing hour's paid requests, oldest first. ``allowed``: requests an hour."""

    sent: Sequence[datetime]
    allowed: int

    @property
    def used(self) -> int:
        return len(self.sent)

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)

    @property
    def free_at(self) -> datetime | None:
        """When the next request may be sent; None if one may be sent now, or none ever may."""
        return self.sent[-self.allowed] + HOUR if 0 < self.allowed <= self.used else None


def hourly_quota(connection: Connection, now: datetime | None = None) -> HourlyQuota | None:
    """The quota and its use, by one query. None for the sandbox, which has no limit."""
    if connection.is_sandbox:
        return None
    since = (now or timezone.now()) - HOUR
    recent = Attempt.objects.filter(connection=connection, at__gt=since, is_unsent=False)
    return HourlyQuota(list(recent.order_by("at").values_list("at", flat=True)), connection.posts_per_hour)
