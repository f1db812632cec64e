"""The sentences about the evidence: what it proves and what it does not."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from dashboard.shared.words import clock_time, credits_phrase, length
from studio.jobs.matching.evidence import Case
from studio.jobs.matching.lost_requests import Doubt


def history(case: Case) -> str:
    """Whether the studio's history covers the time of this request."""
    reach, name = case.reach, case.doubt.submission.connection.name
    if reach.read_at is None:
        return (
            f"The history of {name} could not be loaded since the answer was lost. The list below is older."
        )
    read = f"Updated at {clock_time(reach.read_at)}"
    if reach.back_to is None:
        return f"{read}. It has no clips."
    back_to = clock_time(reach.back_to)
    if reach.covers:
        return f"{read}. It goes back to {back_to} and covers the time of the request."
    return f"{read}. It only goes back to {back_to} and may not cover the time of the request."


def unreadable(rows: int) -> str:
    if not rows:
        return ""
    if rows == 1:
        return "1 entry could not be read. It may be this clip."
    return f"{rows} entries could not be read. One of them may be this clip."


def balance(case: Case) -> str:
    """What the balance shows. It never proves anything alone: several people may use one key."""
    fell, price = case.doubt.balance_fell_by, case.job.estimate
    if fell is None:
        return "The balance before or after is unknown, so it is no evidence."
    if fell < 0:
        return f"Up by {credits_phrase(-fell)}."
    if fell == 0:
        return "Unchanged, as if nothing had been charged."
    if price is None:
        return f"Down by {credits_phrase(fell)}. Other clips made with the same key also change it."
    if fell == price:
        return f"Down by {credits_phrase(fell)}, exactly the price of this clip."
    also = "Other clips made with the same key also change it."
    return f"Down by {credits_phrase(fell)}; this clip costs about {credits_phrase(price)}. {also}"


def twins(number: int) -> str:
    if not number:
        return ""
    waits = "An identical request waits" if number == 1 else f"{number} identical requests wait"
    return f"{waits} for this decision, so that they are not confused."


def made(offset: timedelta | None, lost_after: timedelta) -> str:
    """When a row was made, relative to the request."""
    if offset is None:
        return "at an unknown time"
    seconds = offset.total_seconds()
    if -3 <= seconds <= max(lost_after.total_seconds(), 3):
        return "while the request was being sent"
    apart = length(abs(seconds))
    return f"{apart} before the request" if seconds < 0 else f"{apart} after the request"


def files(urls: Sequence[str] | None) -> str:
    """ "cat.png, dog.png" """
    return ", ".join(url.rstrip("/").rpartition("/")[2] for url in urls or ())


def asked_by(doubt: Doubt, whom: str = "a person is") -> str:
    """ "a person is asked to decide by 14:07": later while the history cannot be loaded, but within a limit."""
    if timezone.now() < doubt.asks_at:
        return f"{whom} asked to decide by {clock_time(doubt.asks_at)}"
    return (
        f"the history could not be loaded since: {whom} asked to decide by {clock_time(doubt.asks_unread_at)}"
    )
