"""Health checks for monitors and load balancers: liveness and readiness."""

import os
import shutil
import sqlite3
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from studio.gateway.outage import AWAY, BUSY, FULL, READ_ONLY, SQLITE, outage_of
from studio.worker.models import Heartbeat

LEAST_FREE = 100_000_000  # bytes: with less, the next clip may fill the disk
PATIENCE = 1.0  # seconds to wait for a locked database file
OK = "ok"


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Liveness: this process answers. Uses neither session nor database."""
    return HttpResponse(OK, content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Readiness: "ok" or a sentence for each of database, disk and worker.

    503 if pages cannot be served. They can be without a worker, so its status is only reported.
    """
    database, disk = _database(), _disk()
    is_ready = database == disk == OK
    worker = _worker() if database == OK else "Unknown: the database cannot be read."
    report = {"ready": is_ready, "database": database, "disk": disk, "worker": worker}
    headers = {} if is_ready else {"Retry-After": str(BUSY.retry_after)}
    return JsonResponse(report, status=200 if is_ready else 503, headers=headers)


def _database() -> str:
    """ "ok" if a write transaction can begin, else a sentence."""
    try:
        return _of_file() if connection.vendor == "sqlite" else _of_server()
    except DatabaseError as error:
        return (outage_of(error) or AWAY).sentence
    except sqlite3.Error as error:
        return SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, AWAY).sentence


def _of_file() -> str:
    """Uses a separate connection, since Django's waits longer for locks."""
    path = Path(connection.settings_dict["NAME"]).as_uri()
    own = sqlite3.connect(f"{path}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        own.execute("BEGIN IMMEDIATE")
        own.execute("ROLLBACK")
        return OK
    finally:
        own.close()


def _of_server() -> str:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
        cursor.execute("SELECT current_setting('transaction_read_only')")
        is_read_only = cursor.fetchone()[0] == "on"
    return READ_ONLY.sentence if is_read_only else OK


def _disk() -> str:
    return next((fault for folder in _folders() if (fault := _of_folder(folder)) != OK), OK)


def _folders() -> list[Path]:
    return [folder for folder in (Path(settings.DATA_DIR), Path(settings.MEDIA_ROOT)) if folder.exists()]


def _of_folder(folder: Path) -> str:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"The disk cannot be read: {error.strerror}."
    if not os.access(folder, os.W_OK | os.X_OK):
        return "The disk cannot be written to."
    return FULL.sentence if free < LEAST_FREE else OK


def _worker() -> str:
    try:
        last = Heartbeat.last_seen()
    except DatabaseError as error:
        return (outage_of(error) or AWAY).sentence
    if last is None:
        return "The worker has not started yet."
    return f"No worker has been seen since {last.at:%Y-%m-%d %H:%M:%S} UTC." if last.is_silent else OK
