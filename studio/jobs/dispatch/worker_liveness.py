"""Whether any worker is alive to send clips. Workers are on a higher floor, so their room registers a callback here."""

from collections.abc import Callable

_signs: list[Callable[[], bool]] = []


def register(is_anyone_alive: Callable[[], bool]) -> None:
    """Called once, by the app of the workers when it is ready."""
    _signs.append(is_anyone_alive)


def is_worker_alive() -> bool:
    return any(is_anyone_alive() for is_anyone_alive in _signs)
