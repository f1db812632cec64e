"""When the requests of a line leave, one after the other, as far as the limits of their connection tell."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from studio.catalog.models import Connection
from studio.jobs.dispatch.connection_status import HOUR
from studio.jobs.models import Attempt


def departures(connection: Connection, now: datetime) -> Iterator[datetime]:
    """Endless: at once while the hour has room, then whenever one of its requests is an hour old.

    Ends at once where nothing may be sent at all.
    """
    begin = max(now, connection.send_after or now)
    if connection.is_sandbox:
        while True:
            yield begin
    hour = deque(_of_the_hour(connection, now), maxlen=connection.posts_per_hour)
    while hour.maxlen:
        leaves = max(begin, hour[0] + HOUR) if len(hour) == hour.maxlen else begin
        hour.append(leaves)
        yield leaves


def _of_the_hour(connection: Connection, now: datetime) -> Iterator[datetime]:
    sent = Attempt.objects.filter(connection=connection, at__gt=now - HOUR, is_unsent=False)
    return sent.order_by("at").values_list("at", flat=True).iterator()
