"""``manage.py worker``: send, watch and keep clips until SIGTERM or Ctrl-C."""

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
from studio.worker.memory import shortage_said
from studio.worker.running import run
from studio.worker.single_instance import AnotherWorker, single_worker_lock
from studio.worker.supervision.preparation import DatabaseAway, is_migrated, wait_for_database

SAME_ASKING = 0.8  # seconds: systemd and a supervisor may both pass on one and the same stop


class Command(BaseCommand):
    help = "Send requests, watch jobs and keep their clips, until stopped."
    # They load every page, with its forms and templates: 9 MB, for what `manage.py check` says as well.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wait_for_database(settings.DATABASE_PATIENCE)
        except DatabaseAway as error:
            sys.exit(f"Dailies cannot start: {error.sentence}")
        if not is_migrated():
            sys.exit("Dailies cannot start: its tables are missing or old. Run manage.py migrate first.")
        stop = _stop_on_signals()
        try:
            with single_worker_lock(), shortage_said("The worker ends"):
                hung = run(stop)
        except AnotherWorker as another:
            sys.exit(another.sentence)
        if hung:
            sys.exit(f"The worker ends, to be started anew: its step {' and '.join(hung)} hangs.")


def _stop_on_signals() -> threading.Event:
    """Set by the first SIGTERM or Ctrl-C; the second ends the process where it stands."""
    stop = threading.Event()
    asked_at = 0.0

    def asked(number: int, frame: FrameType | None) -> None:
        nonlocal asked_at
        if not stop.is_set():
            asked_at = time.monotonic()
            stop.set()
        elif time.monotonic() - asked_at > SAME_ASKING:
            film.end_all()
            os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
    return stop
