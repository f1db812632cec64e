"""From where something is done: known to whoever serves a request, and to nobody below."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """``address`` is an IP address, or empty; ``agent`` says which browser, or which part of Dailies."""

    address: str = ""
    agent: str = ""


COMMAND_LINE = Origin(agent="command line")
WORKER = Origin(agent="worker")

_asked: ContextVar[Callable[[], Origin] | None] = ContextVar("asked", default=None)


def current() -> Origin:
    """Where nobody has said otherwise, a person at the command line is at work."""
    ask = _asked.get()
    return ask() if ask else COMMAND_LINE


@contextmanager
def coming_from(ask: Callable[[], Origin]) -> Iterator[None]:
    """All that is recorded inside comes from there. ``ask`` is called only when something is."""
    token = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(token)
