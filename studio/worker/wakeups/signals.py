"""Wake-ups: hints that a loop may have something to do now.

A hint may be lost, late or doubled, which costs only time: every loop also looks for work periodically (its sweep), and
every step can be repeated. So wake-ups need no acknowledgement, order or memory.
"""

import threading
from collections.abc import Iterable
from typing import Protocol


class Wakeups(Protocol):
    """What the loops wait on. All methods are thread-safe."""

    def wake(self, name: str) -> None:
        """A hint for the loop ``name``; ignored if this process has no such loop."""

    def wake_all(self) -> None:
        """Something happened, but it is unknown what: a hint for every loop."""

    def wait(self, name: str, timeout: float) -> bool:
        """Wait for the next hint, at most ``timeout`` seconds. True if one came, also since the last wait."""

    def close(self) -> None:
        """End every wait immediately, now and from now on."""


class InProcess:
    """Hints between the threads of one process. Hints that arrive before the next wait count as one."""

    def __init__(self, names: Iterable[str]) -> None:
        self._events = {name: threading.Event() for name in names}
        self._closed = False

    def wake(self, name: str) -> None:
        if event := self._events.get(name):
            event.set()

    def wake_all(self) -> None:
        for name in self._events:
            self.wake(name)

    def wait(self, name: str, timeout: float) -> bool:
        event = self._events[name]
        came = event.wait(timeout)
        if came and not self._closed:
            event.clear()
        return came

    def close(self) -> None:
        self._closed = True
        for event in self._events.values():
            event.set()
