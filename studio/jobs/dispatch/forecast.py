"""Estimates when waiting requests will be sent, from the known limits of their connection."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from studio.catalog.models import Connection
from studio.jobs.dispatch.hourly_quota import HOUR, hourly_quota


def departures(connection: Connection, now: datetime) -> Iterator[datetime]:
    """The times of the next requests, endless: now while the quota has room, then as requests become an hour old.

    Empty if the quota is 0.
    """
    begin = max(now, connection.send_after or now)
    quota = hourly_quota(connection, now)
    if quota is None:
        while True:
            yield begin
    hour = deque(quota.sent, maxlen=quota.allowed)
    while hour.maxlen:
        leaves = max(begin, hour[0] + HOUR) if len(hour) == hour.maxlen else begin
        hour.append(leaves)
        yield leaves
