"""What is said of a connection: how it stands, in words that need no knowledge of APIs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dashboard.shared.words import amount, clock_time, credits_phrase
from studio.jobs.dispatch.connection_status import ConnectionStatus, StatusKind


@dataclass(frozen=True, slots=True)
class Told:
    """``label`` fits a pill and is "" while all is well; ``remedy`` says what ends the trouble."""

    label: str = ""
    sentence: str = "Clips are sent as they come."
    remedy: str = ""
    is_for_admin: bool = False  # it does not end by itself
    waits: bool = False  # a clip that is asked for now is not sent for the time being


def told(status: ConnectionStatus) -> Told:
    return WORDS[status.kind](status)


def _held(status: ConnectionStatus) -> Told:
    return Told(
        "held after a restore",
        f"A backup was restored {_at(status.since)}: what waits may have been sent since it was made.",
        "It goes on once the history shows that nothing is paid twice, or an admin releases it.",
        is_for_admin=True,
        waits=True,
    )


def _paused(status: ConnectionStatus) -> Told:
    by = status.by or "An admin"
    return Told(
        "paused",
        f"{by} paused it {_at(status.since)}.",
        "Clips wait until an admin resumes it.",
        is_for_admin=True,
        waits=True,
    )


def _no_key(status: ConnectionStatus) -> Told:
    return Told(
        "no key",
        "Its key is no longer available: the settings do not name this address.",
        "Clips wait, and go on by themselves once an admin has entered a key, or the settings name it again.",
        is_for_admin=True,
        waits=True,
    )


def _refused(status: ConnectionStatus) -> Told:
    return Told(
        "key refused",
        f"The key has not worked since {clock_time(status.since)}: {_ended(status.reason)}",
        "Clips wait. The key is tried again every few minutes, and an admin can enter another one.",
        is_for_admin=True,
        waits=True,
    )


def _unreachable(status: ConnectionStatus) -> Told:
    return Told(
        "not reachable",
        f"Not reachable since {clock_time(status.since)}: {_ended(status.reason)}",
        "It is tried again all the time, and clips go on by themselves.",
        waits=True,
    )


def _short(status: ConnectionStatus) -> Told:
    left = "" if status.available is None else f" {amount(status.available)} are left."
    return Told(
        "short of credits",
        f"A clip on hold needs {credits_phrase(status.required)}.{left}",
        "It goes on by itself once the account has enough.",
        is_for_admin=True,
    )


def _limited(status: ConnectionStatus) -> Told:
    return Told(
        f"asked to wait until {clock_time(status.until)}",
        f"The studio takes no more requests until {clock_time(status.until)}.",
        "Clips are sent by themselves then.",
        waits=True,
    )


def _spent(status: ConnectionStatus) -> Told:
    allowed = "The one request" if status.allowed == 1 else f"All {amount(status.allowed)} requests"
    return Told(
        f"hour's limit reached until {clock_time(status.until)}",
        f"{allowed} of an hour {'is' if status.allowed == 1 else 'are'} used."
        f" The next one is free at {clock_time(status.until)}.",
        "Clips are sent by themselves then.",
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
