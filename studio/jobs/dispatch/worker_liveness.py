"""Whether anybody is there to send clips and see them end. Workers live on a floor above: their room tells."""

from collections.abc import Callable

_signs: list[Callable[[], bool]] = []


def register(is_anyone_alive: Callable[[], bool]) -> None:
    """Once, when the room of the workers is ready."""
    _signs.append(is_anyone_alive)


def is_worker_alive() -> bool:
    return any(is_anyone_alive() for is_anyone_alive in _signs)
