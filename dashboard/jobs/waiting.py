"""Why a clip is waiting: sentences for its page and short phrases for its row in a list."""

from collections.abc import Callable
from dataclasses import replace

from dashboard.connections.words import told
from dashboard.shared.words import amount, clock_time, credits_phrase
from studio.jobs.dispatch.connection_status import ConnectionStatus
from studio.jobs.dispatch.waiting import MOST_BEFORE, Cause, Waiting, why_all_wait, why_waiting
from studio.jobs.models import Job
from studio.jobs.queries import JobRow
from studio.jobs.states import JobState
from studio.worker.models import Heartbeat

SILENT = "Nothing can be sent: the background worker is not running."
SHORT_SILENT = "the background worker is not running"


def waiting_line(job: Job) -> str:
    """A sentence or two; "" for a job that is not queued or is about to be sent."""
    if job.state != JobState.QUEUED:
        return ""
    if _is_silent():
        return SILENT
    why = why_waiting(job)
    return SENTENCES[why.cause](why) if why else ""


def with_reasons(rows: list[JobRow]) -> list[JobRow]:
    """The rows, with a short reason for each queued one. No query runs if none is queued."""
    waiting = [row.id for row in rows if row.state == JobState.QUEUED]
    if not waiting:
        return rows
    if _is_silent():
        reasons = dict.fromkeys(waiting, SHORT_SILENT)
    else:
        reasons = {pk: SHORT[why.cause](why) for pk, why in why_all_wait(waiting).items()}
    return [replace(row, waits=reasons[row.id]) if row.id in reasons else row for row in rows]


def _is_silent() -> bool:
    worker = Heartbeat.last_seen()
    return worker is not None and worker.is_silent


def _standing(why: Waiting) -> ConnectionStatus:
    return why.status or ConnectionStatus()


def _connection(why: Waiting) -> str:
    said = told(_standing(why))
    return f"{said.sentence} {said.remedy}"


def _credits(why: Waiting) -> str:
    price = "its price is unknown" if why.price is None else f"it costs {credits_phrase(why.price)}"
    return (
        f"Waiting behind a clip that is on hold: {amount(why.available)} credits are left, and {price}."
        " It resumes automatically."
    )


def _turn(why: Waiting) -> str:
    if why.before == 1:
        return "1 clip is ahead of it."
    return f"{_many(why)} clips are ahead of it."


def _many(why: Waiting) -> str:
    return f"{MOST_BEFORE}+" if why.before >= MOST_BEFORE else str(why.before)


SENTENCES: dict[Cause, Callable[[Waiting], str]] = {
    Cause.CONNECTION: _connection,
    Cause.TWIN: lambda why: (
        f"Waiting until clip {why.twin}, an identical request, has been checked, so that the two are not confused."
    ),
    Cause.PAUSE: lambda why: f"Next try at {clock_time(why.until)}.",
    Cause.CREDITS: _credits,
    Cause.TURN: _turn,
}

SHORT: dict[Cause, Callable[[Waiting], str]] = {
    Cause.CONNECTION: lambda why: told(_standing(why)).label,
    Cause.TWIN: lambda why: f"waiting for the check of clip {why.twin}",
    Cause.PAUSE: lambda why: f"next try at {clock_time(why.until)}",
    Cause.CREDITS: lambda why: "not enough credits",
    Cause.TURN: lambda why: f"{_many(why)} ahead",
}
