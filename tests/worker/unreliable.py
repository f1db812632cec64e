"""Wake-ups at their worst: half of them are dropped, the others come twice.

``WAKEUPS=unreliable`` puts it under every worker that the tests run in their own process (see tests/conftest.py);
``python -m tests.worker.unreliable`` is ``manage.py worker`` with it.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterable
from random import Random

import django
from django.core.management import call_command

from studio.worker.wakeups.signals import InProcess

SEED = 36


class Unreliable(InProcess):
    def __init__(self, names: Iterable[str], seed: int = SEED) -> None:
        super().__init__(names)
        self._random = Random(seed)
        self._lock = threading.Lock()
        self._again: Counter[str] = Counter()
        self.dropped = self.doubled = 0

    def wake(self, name: str) -> None:
        with self._lock:
            if self._random.random() < 0.5:
                self.dropped += 1
                return
            self.doubled += 1
            self._again[name] += 1
        super().wake(name)

    def wait(self, name: str, timeout: float) -> bool:
        """One that was doubled ends the next wait, too: the loop takes its step twice."""
        with self._lock:
            if self._again[name] and not self._events[name].is_set():
                self._again[name] -= 1
                return True
        return super().wait(name, timeout)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    django.setup()

    from studio.worker import running

    running.InProcess = Unreliable  # type: ignore[attr-defined]  # in its place
    call_command("worker")


if __name__ == "__main__":
    main()
