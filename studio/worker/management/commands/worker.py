"""``manage.py worker``: send, watch and keep clips until SIGTERM or Ctrl-C."""

import logging
import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from studio.worker.loops import run
from studio.worker.preparation import DatabaseAway, is_migrated, wait_for_database


class Command(BaseCommand):
    help = "Send requests, watch jobs and keep their clips, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wait_for_database(settings.DATABASE_PATIENCE)
        except DatabaseAway as error:
            sys.exit(f"Dailies cannot start: {error}")
        if not is_migrated():
            sys.exit("Dailies cannot start: its tables are missing or old. Run manage.py migrate first.")
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run(stop)
