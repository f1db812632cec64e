"""The sentences of the evidence: what is proven, what is not, and how far the proof goes."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from dashboard.shared.words import clock_time, credits_phrase, length
from studio.jobs.matching.evidence import Case
from studio.jobs.matching.lost_requests import Doubt


def history(case: Case) -> str:
    """How far the studio's history can prove anything about this request."""
    reach, name = case.reach, case.doubt.submission.connection.name
    if reach.read_at is None:
        return (
            f"The history of {name} could not be read since the answer was lost: what stands below is older."
        )
    read = f"Read at {clock_time(reach.read_at)}"
    if reach.back_to is None:
        return f"{read}. It shows no clip at all."
    back_to = clock_time(reach.back_to)
    if reach.covers:
        return f"{read}, reaches back to {back_to}: it covers the time of the request."
    return f"{read}, reaches back to {back_to} only: it may not cover the time of the request."


def unreadable(rows: int) -> str:
    if not rows:
        return ""
    if rows == 1:
        return "One row of it could not be understood: it may be this clip."
    return f"{rows} rows of it could not be understood: one of them may be this clip."


def balance(case: Case) -> str:
    """What the balance says. It never proves anything alone: one key may be used by many."""
    fell, price = case.doubt.balance_fell_by, case.job.estimate
    if fell is None:
        return "It was not told both before and after, so it says nothing here."
    if fell < 0:
        return f"It rose by {credits_phrase(-fell)}."
    if fell == 0:
        return "It did not fall, as if nothing had been charged."
    if price is None:
        return f"It fell by {credits_phrase(fell)}. Other clips made with the same key move it, too."
    if fell == price:
        return f"It fell by {credits_phrase(fell)}, which is the price of this clip."
    also = "Other clips made with the same key move it, too."
    return f"It fell by {credits_phrase(fell)}; this clip costs about {credits_phrase(price)}. {also}"


def twins(number: int) -> str:
    if not number:
        return ""
    waits = "An equal request waits" if number == 1 else f"{number} equal requests wait"
    return f"{waits} for this decision, so that they cannot be mixed up."


def made(offset: timedelta | None, lost_after: timedelta) -> str:
    """When a row was made, seen from the request."""
    if offset is None:
        return "at a time that the studio does not tell"
    seconds = offset.total_seconds()
    if -3 <= seconds <= max(lost_after.total_seconds(), 3):
        return "while the request was on its way"
    apart = length(abs(seconds))
    return f"{apart} before the request left" if seconds < 0 else f"{apart} after the request left"


def files(urls: Sequence[str] | None) -> str:
    """ "cat.png, dog.png" """
    return ", ".join(url.rstrip("/").rpartition("/")[2] for url in urls or ())


def asked_by(doubt: Doubt, whom: str = "a person is") -> str:
    """ "a person is asked at 14:07 at the latest": later while the history cannot be read, but not for ever."""
    if timezone.now() < doubt.asks_at:
        return f"{whom} asked at {clock_time(doubt.asks_at)} at the latest"
    return f"the history could not be read since: {whom} asked at {clock_time(doubt.asks_unread_at)} at the latest"
