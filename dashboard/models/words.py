"""Phrases for a model's choices and limits."""

from collections.abc import Sequence

from studio.contract.capability import Limits

MOST_LISTED = 12


def durations_phrase(seconds: tuple[int, ...]) -> str:
    """ "8 s", "5, 10 s", and "3–15 s" for many."""
    if len(seconds) > 4 or (len(seconds) == 4 and seconds[-1] - seconds[0] == 3):
        return f"{min(seconds)}–{max(seconds)} s"
    return f"{', '.join(map(str, seconds))} s" if seconds else ""


def every_duration(seconds: tuple[int, ...]) -> str:
    """All of them: "4, 6, 8 s"; if there are many "3 to 15 s, each whole second", or "2 to 60 s, 30 lengths"."""
    if len(seconds) <= MOST_LISTED and not _is_run(seconds):
        return durations_phrase(seconds) if len(seconds) < 4 else f"{', '.join(map(str, seconds))} s"
    lengths = "each whole second" if _is_run(seconds) else f"{len(seconds)} lengths"
    return f"{min(seconds)} to {max(seconds)} s, {lengths}"


def limits_phrase(limits: Limits) -> str:
    """ "1 required", "2 to 4", "up to 2"; "" if the model sets no limit."""
    if limits.max is None:
        return f"at least {limits.min}" if limits.min else ""
    if limits.min == limits.max:
        return f"{limits.min} required"
    return f"{limits.min} to {limits.max}" if limits.min else f"up to {limits.max}"


def spaced(values: Sequence[int], most: int) -> list[int]:
    """At most this many, evenly spread, including the first and the last."""
    if len(values) <= most:
        return list(values)
    step = (len(values) - 1) / (most - 1)
    return [values[round(place * step)] for place in range(most)]


def _is_run(seconds: tuple[int, ...]) -> bool:
    return len(seconds) > 4 and sorted(seconds) == list(range(min(seconds), max(seconds) + 1))
