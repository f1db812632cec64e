"""The status of a connection in words for people who do not know the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dashboard.shared.words import amount, clock_time, credits_phrase
from studio.jobs.dispatch.connection_status import ConnectionStatus, StatusKind


@dataclass(frozen=True, slots=True)
class Told:
    """``label`` fits a pill and is "" if there is no problem; ``remedy`` says what solves it."""

    label: str = ""
    sentence: str = "Clips are sent immediately."
    remedy: str = ""
    is_for_admin: bool = False  # it needs an admin to solve it
    waits: bool = False  # new clips are not sent for now


def told(status: ConnectionStatus) -> Told:
    return WORDS[status.kind](status)


def _held(status: ConnectionStatus) -> Told:
    return Told(
        "on hold after a restore",
        f"A backup was restored {_at(status.since)}. Queued requests may have been sent after it was taken.",
        "Sending resumes once the history shows that nothing is paid twice, or when an admin releases it.",
        is_for_admin=True,
        waits=True,
    )


def _paused(status: ConnectionStatus) -> Told:
    by = status.by or "an admin"
    return Told(
        "paused",
        f"Paused by {by} {_at(status.since)}.",
        "Clips wait until an admin resumes it.",
        is_for_admin=True,
        waits=True,
    )


def _no_key(status: ConnectionStatus) -> Told:
    return Told(
        "no key",
        "The key is missing: the settings no longer name this URL.",
        "Clips wait and resume automatically once an admin enters a key or the settings name the URL again.",
        is_for_admin=True,
        waits=True,
    )


def _refused(status: ConnectionStatus) -> Told:
    return Told(
        "key refused",
        f"The key has not worked since {clock_time(status.since)}: {_ended(status.reason)}",
        "Clips wait. The key is retried every few minutes; an admin can enter a new one.",
        is_for_admin=True,
        waits=True,
    )


def _unreachable(status: ConnectionStatus) -> Told:
    return Told(
        "unreachable",
        f"Unreachable since {clock_time(status.since)}: {_ended(status.reason)}",
        "Dailies keeps trying; clips resume automatically.",
        waits=True,
    )


def _short(status: ConnectionStatus) -> Told:
    left = "" if status.available is None else f" {amount(status.available)} are available."
    return Told(
        "short of credits",
        f"A clip on hold needs {credits_phrase(status.required)}.{left}",
        "It resumes automatically once the account has enough credits.",
        is_for_admin=True,
    )


def _limited(status: ConnectionStatus) -> Told:
    return Told(
        f"waiting until {clock_time(status.until)}",
        f"The studio accepts no more requests until {clock_time(status.until)}.",
        "Clips are sent automatically after that.",
        waits=True,
    )


def _spent(status: ConnectionStatus) -> Told:
    allowed = "The 1 request" if status.allowed == 1 else f"All {amount(status.allowed)} requests"
    return Told(
        f"hourly limit reached until {clock_time(status.until)}",
        f"{allowed} allowed per hour {'is' if status.allowed == 1 else 'are'} used."
        f" The next one is possible at {clock_time(status.until)}.",
        "Clips are sent automatically after that.",
        waits=True,
    )


WORDS: dict[StatusKind, Callable[[ConnectionStatus], Told]] = {
    StatusKind.WORKING: lambda status: Told(),
    StatusKind.HELD: _held,
    StatusKind.PAUSED: _paused,
    StatusKind.NO_KEY: _no_key,
    StatusKind.REFUSED: _refused,
    StatusKind.UNREACHABLE: _unreachable,
    StatusKind.SHORT: _short,
    StatusKind.LIMITED: _limited,
    StatusKind.SPENT: _spent,
}


def _at(moment: datetime | None) -> str:
    """ "at 14:05"; of another day, "on 20 Nov, 14:05"."""
    if moment is None:
        return ""
    clock = clock_time(moment)
    return f"on {clock}" if "," in clock else f"at {clock}"


def _ended(sentence: str) -> str:
    sentence = sentence or "No reason was given."
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
