"""``manage.py worker``: sends requests, watches jobs and stores clips until SIGTERM or Ctrl-C."""

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from studio import film
from studio.worker.memory import exit_on_shortage
from studio.worker.running import run
from studio.worker.single_instance import AnotherWorker, single_worker_lock
from studio.worker.supervision.preparation import DatabaseAway, is_migrated, wait_for_database

SAME_STOP = 0.8  # seconds within which two signals count as one: systemd and a supervisor may both send it


class Command(BaseCommand):
    help = "Send requests, watch jobs and store their clips, until stopped."
    # The checks load every page with its forms and templates: 9 MB. `manage.py check` runs them instead.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wait_for_database(settings.DATABASE_PATIENCE)
        except DatabaseAway as error:
            sys.exit(f"Dailies cannot start: {error.sentence}")
        if not is_migrated():
            sys.exit(
                "Dailies cannot start: its tables are missing or out of date. Run manage.py migrate first."
            )
        stop = _stop_on_signals()
        try:
            with single_worker_lock(), exit_on_shortage("The worker stops"):
                hung = run(stop)
        except AnotherWorker as another:
            sys.exit(another.sentence)
        if hung:
            sys.exit(f"The worker stops and should be restarted: its step {' and '.join(hung)} hangs.")


def _stop_on_signals() -> threading.Event:
    """Returns an event that the first SIGTERM or Ctrl-C sets. The second one ends the process immediately."""
    stop = threading.Event()
    asked_at = 0.0

    def asked(number: int, frame: FrameType | None) -> None:
        nonlocal asked_at
        if not stop.is_set():
            asked_at = time.monotonic()
            stop.set()
        elif time.monotonic() - asked_at > SAME_STOP:
            film.end_all()
            os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
    return stop
