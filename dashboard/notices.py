"""Notices for everyone, below the header of every page.

A page shows them when it is drawn; from then on the polls of its lists bring them as soon as they may have changed.
Whatever a notice depends on has to be part of dashboard.polls.pulse, else open pages learn of it late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dashboard.connections.notices import connection_troubles
from studio.team.models import Member
from studio.worker.models import SILENT_AFTER, Heartbeat


@dataclass(frozen=True, slots=True)
class Notice:
    """``level`` is that of a message: "warning", "error". ``seen_at``: the last sign of life of what is silent.

    ``about``: a page that tells the same nearer to where it matters says so (``data-tells``), and shows no notice.
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
    """That clips are on hold for credits, or an hour's requests are used, open pages learn with the next one."""
    for connection, told in connection_troubles():
        level = "error" if told.is_for_admin else "warning"
        about = "default-connection" if connection.is_default else "connection"
        yield Notice(level, f"{connection}: {told.sentence} {told.remedy}", about=about)
