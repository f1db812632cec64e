"""Notices for everyone, below the header of every page.

A page has them when it is rendered, and its polls update them. Everything that a notice depends on must be part of
dashboard.polls.pulse, or open pages are updated late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dashboard.connections.notices import connection_troubles
from studio.team.models import Member
from studio.worker.models import SILENT_AFTER, Heartbeat


@dataclass(frozen=True, slots=True)
class Notice:
    """``level`` is "warning" or "error". ``seen_at`` is when a silent worker was last seen.

    ``about`` names the subject: a page that shows the same in its content (``data-tells``) hides the notice.
    """

    level: str
    sentence: str
    seen_at: datetime | None = None
    about: str = ""


def notices(user: Member) -> list[Notice]:
    return [*_of_the_worker(), *_of_the_connections()]


def _of_the_worker() -> Iterator[Notice]:
    worker = Heartbeat.last_seen()
    if worker is None:
        yield Notice("error", "Nothing can be sent: the background worker has not started.")
    elif worker.is_silent:
        seconds = int(SILENT_AFTER.total_seconds())
        sentence = f"Nothing can be sent: the background worker has not responded for {seconds} s."
        yield Notice("error", sentence, worker.at)


def _of_the_connections() -> Iterator[Notice]:
    """Clips on hold for credits and a used-up hourly quota are not part of the pulse: pages learn of them later."""
    for connection, told in connection_troubles():
        level = "error" if told.is_for_admin else "warning"
        about = "default-connection" if connection.is_default else "connection"
        yield Notice(level, f"{connection}: {told.sentence} {told.remedy}", about=about)
