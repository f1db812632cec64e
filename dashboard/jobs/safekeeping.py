"""Where the file of a ready clip is: saved here, only at the studio, or lost."""

from dataclasses import dataclass, replace

from studio.jobs.models import HistoryRecord, Job
from studio.jobs.queries import JobRow
from studio.jobs.states import JobState


@dataclass(frozen=True, slots=True)
class Safekeeping:
    """A badge. ``sentence`` is its tooltip."""

    state: str  # stored, upstream, lost
    label: str
    icon: str
    sentence: str


SAVED = Safekeeping(
    "stored",
    "Saved",
    "check",
    "Saved here and verified.",
)
UPSTREAM = Safekeeping(
    "upstream",
    "Only at the studio",
    "clock",
    "Being saved here. Until then only the studio has the file.",
)
ELSEWHERE = replace(UPSTREAM, sentence="Made outside Dailies with the same key. It is not saved here.")
LOST = Safekeeping(
    "lost", "Copy lost", "warning", "The file could not be saved here, and this is not retried automatically."
)
KEPT = {"stored": SAVED, "waiting": UPSTREAM, "copying": UPSTREAM, "lost": LOST}


def safekeeping(job: Job | JobRow) -> Safekeeping | None:
    """None while there is no file to save."""
    return KEPT.get(job.archive)


def record_safekeeping(record: HistoryRecord) -> Safekeeping | None:
    if record.job is not None:
        return safekeeping(record.job)
    return ELSEWHERE if record.state == JobState.COMPLETED and record.result_urls else None
