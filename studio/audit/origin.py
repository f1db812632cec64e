"""Where an action comes from. The code that serves a request knows it, lower layers do not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """``address`` is an IP address, or empty; ``agent`` is the browser, or the part of Dailies."""

    address: str = ""
    agent: str = ""


COMMAND_LINE = Origin(agent="command line")
WORKER = Origin(agent="worker")

_asked: ContextVar[Callable[[], Origin] | None] = ContextVar("asked", default=None)


def current() -> Origin:
    """The origin of the current action; the command line if none was set."""
    ask = _asked.get()
    return ask() if ask else COMMAND_LINE


@contextmanager
def coming_from(ask: Callable[[], Origin]) -> Iterator[None]:
    """Set the origin of everything recorded within the block. ``ask`` is called only if something is."""
    token = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(token)
