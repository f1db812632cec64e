"""Where the file of a ready clip is, in the words of whoever wants it: saved here, only at the studio, or lost."""

from dataclasses import dataclass, replace

from studio.jobs.models import HistoryRecord, Job
from studio.jobs.queries import JobRow
from studio.jobs.states import JobState


@dataclass(frozen=True, slots=True)
class Safekeeping:
    """A badge. ``sentence`` tells what it means."""

    state: str  # stored, upstream, lost
    label: str
    icon: str
    sentence: str


SAVED = Safekeeping(
    "stored",
    "Saved here",
    "check",
    "A checked copy is kept here. It stays, whatever becomes of the studio’s.",
)
UPSTREAM = Safekeeping(
    "upstream",
    "Only at the studio",
    "clock",
    "A copy is being made. Until it is here, the clip lasts only as long as the studio keeps it.",
)
ELSEWHERE = replace(UPSTREAM, sentence="It was made elsewhere with the same key. It is not copied here.")
LOST = Safekeeping(
    "lost", "Copy lost", "warning", "No copy could be made here, and none is tried again by itself."
)
KEPT = {"stored": SAVED, "waiting": UPSTREAM, "copying": UPSTREAM, "lost": LOST}


def safekeeping(job: Job | JobRow) -> Safekeeping | None:
    """None while there is no file to keep."""
    return KEPT.get(job.archive)


def record_safekeeping(record: HistoryRecord) -> Safekeeping | None:
    if record.job is not None:
        return safekeeping(record.job)
    return ELSEWHERE if record.state == JobState.COMPLETED and record.result_urls else None
