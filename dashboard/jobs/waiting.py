"""Why a clip waits, in the words of its page and of its row in a list."""

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

SILENT = "Nothing is sent at the moment: the worker has not been seen for a while."
SHORT_SILENT = "the worker is not there"


def waiting_line(job: Job) -> str:
    """A sentence or two; "" for a job that does not wait, or is about to be sent."""
    if job.state != JobState.QUEUED:
        return ""
    if _is_silent():
        return SILENT
    why = why_waiting(job)
    return SENTENCES[why.cause](why) if why else ""


def with_reasons(rows: list[JobRow]) -> list[JobRow]:
    """The rows, those that wait with a few words on why. Nothing is read where none of them waits."""
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
    price = "its price is not known" if why.price is None else f"it costs {credits_phrase(why.price)}"
    return (
        f"A clip is on hold for credits: {amount(why.available)} are left, and {price}. It goes on by itself."
    )


def _turn(why: Waiting) -> str:
    if why.before == 1:
        return "One request is before it."
    return f"{_many(why)} requests are before it."


def _many(why: Waiting) -> str:
    return f"{MOST_BEFORE}+" if why.before >= MOST_BEFORE else str(why.before)


SENTENCES: dict[Cause, Callable[[Waiting], str]] = {
    Cause.CONNECTION: _connection,
    Cause.TWIN: lambda why: (
        f"An equal request, clip {why.twin}, is being checked. This one waits so that the two cannot be mixed up."
    ),
    Cause.PAUSE: lambda why: f"It is tried again at {clock_time(why.until)}.",
    Cause.CREDITS: _credits,
    Cause.TURN: _turn,
}

SHORT: dict[Cause, Callable[[Waiting], str]] = {
    Cause.CONNECTION: lambda why: told(_standing(why)).label,
    Cause.TWIN: lambda why: f"clip {why.twin} is checked first",
    Cause.PAUSE: lambda why: f"tried again at {clock_time(why.until)}",
    Cause.CREDITS: lambda why: "more credits are needed",
    Cause.TURN: lambda why: "1 is before it" if why.before == 1 else f"{_many(why)} are before it",
}
