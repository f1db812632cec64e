"""A thread that listens for wake-ups from other processes: LISTEN on PostgreSQL, changes of the file on SQLite.

If it fails, work is only delayed until the next sweep.
"""

import logging
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from django.db import connection

from studio.worker.wakeups.hints import CHANNEL
from studio.worker.wakeups.signals import Wakeups

log = logging.getLogger("dailies.worker")
LOOK = 0.1  # seconds between two checks of the file; each takes 20 µs
LISTEN = 0.5  # seconds between two checks of the stop event
RECONNECT = 2.0  # seconds


def listen(wakeups: Wakeups, stop: threading.Event) -> None:
    """Pass on hints from other processes until ``stop`` is set."""
    if connection.vendor == "postgresql":
        _listen_to_notifications(wakeups, stop)
    elif Path(connection.settings_dict["NAME"]).is_file():
        _watch_file(connection.settings_dict["NAME"], wakeups, stop)


def _watch_file(path: str, wakeups: Wakeups, stop: threading.Event) -> None:
    """``data_version`` changes whenever another connection commits, in any process."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as watcher:
        seen = None
        while not stop.wait(LOOK):
            with suppress(sqlite3.OperationalError):  # locked: the next check will see it
                version = watcher.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    wakeups.wake_all()
                seen = version


def _listen_to_notifications(wakeups: Wakeups, stop: threading.Event) -> None:
    """LISTEN on this thread's own connection; a lost connection is replaced."""
    while not stop.is_set():
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            wakeups.wake_all()  # for hints sent while nobody listened
            while not stop.is_set():
                for notification in connection.connection.notifies(timeout=LISTEN, stop_after=1):
                    wakeups.wake(notification.payload)
        except Exception as error:  # whatever it is, the sweeps continue
            log.info("Not listening for wake-ups: %s", error)
            stop.wait(RECONNECT)
        finally:
            connection.close()
