"""The timeline of a job. Repeated tries, as in an outage, are folded into one line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.jobs.words import event_words
from dashboard.shared.words import clock_time
from studio.jobs.models import Event
from studio.jobs.states import JobState

# Events of repeated tries, until another event happens or a person acts.
TRYING = (JobState.SENDING, JobState.QUEUED, JobState.BLOCKED)
FEWEST_FOLDED = 2  # tries


@dataclass(frozen=True, slots=True)
class Moment:
    words: str
    at: datetime
    detail: str = ""
    person: Any = None


def timeline(events: Iterable[Event]) -> list[Moment]:
    """Of many tries in a row, the first and the last, and a line for those in between."""
    return [moment for run in _runs(events) for moment in _moments(run)]


def _runs(events: Iterable[Event]) -> Iterator[list[list[Event]]]:
    """Groups of consecutive tries; a try begins with "sending". Any other event is a group of its own."""
    run: list[list[Event]] = []
    for event in events:
        is_trying = event.what in TRYING and event.person_id is None
        if is_trying and event.what == JobState.SENDING:
            run.append([event])
        elif is_trying and run:
            run[-1].append(event)
        else:
            if run:
                yield run
            run = []
            yield [[event]]
    if run:
        yield run


def _moments(run: Sequence[list[Event]]) -> Iterator[Moment]:
    first, *between, last = run if len(run) > 1 else (run[0], [])
    yield from map(_moment, first)
    if len(between) >= FEWEST_FOLDED:
        until = between[-1][-1]
        yield Moment(f"Tried {len(between)} more times until {clock_time(until.at)}", until.at, until.detail)
    else:
        yield from (_moment(event) for attempt in between for event in attempt)
    yield from map(_moment, last)


def _moment(event: Event) -> Moment:
    return Moment(event_words(event), event.at, event.detail, event.person)
