"""Mirrors the upstream's history, including jobs that were made outside this dashboard."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from studio.catalog.connections import note_fractions
from studio.catalog.models import Connection
from studio.contract.answers import History, JobReport
from studio.contract.capability import Unreadable
from studio.credits.balance import note_balance
from studio.jobs.models import HistoryRecord, Job


@transaction.atomic
def mirror_history(connection: Connection, history: History, asked_at: datetime | None = None) -> set[int]:
    """Write new and changed rows; nothing is ever removed. Returns the ids of our jobs whose rows were written.

    ``asked_at`` (our clock): anything that happened at the studio before it is included in this answer.
    """
    connection.history_read_at = asked_at or timezone.now()
    # First: the lock of this row serializes mirrors, and is taken in the same order as in claim_next.
    Connection.objects.filter(pk=connection.pk).update(history_read_at=connection.history_read_at)
    note_balance(connection.pk, history.credits_remaining, asked_at=asked_at)
    if history.is_rounded:
        note_fractions(connection.pk)
    rows = {report.job_id: _fields(report) for report in history.jobs}
    rows |= {_name(bad): _unreadable(bad) for bad in history.unreadable}
    mine = HistoryRecord.objects.filter(connection=connection, upstream_id__in=rows)
    known = {record.upstream_id: record for record in mine}
    ours = dict(
        Job.objects.filter(connection=connection, upstream_id__in=rows).values_list("upstream_id", "pk")
    )
    written = set()
    for upstream_id, fields in rows.items():
        job_id = ours.get(upstream_id)
        if _write_safely(connection, known.get(upstream_id), upstream_id, job_id, fields) and job_id:
            written.add(job_id)
    return written


def _write_safely(
    connection: Connection,
    record: HistoryRecord | None,
    upstream_id: str,
    job_id: int | None,
    fields: dict[str, Any],
) -> bool:
    """Write a row. One that the database rejects is listed as unreadable, so that it does not hide the others."""
    try:
        with transaction.atomic():
            return _write(connection, record, upstream_id, job_id, dict(fields))
    except OperationalError:  # a deadlock or a lost connection is not the row's fault
        raise
    except DatabaseError:
        unreadable = {"raw": {}, "unreadable_reason": "It holds values that cannot be stored."}
        return _write(connection, record, upstream_id, job_id, unreadable)


def _unreadable(bad: Unreadable) -> dict[str, Any]:
    raw = {} if bad.raw is None else bad.raw  # JSON's null would become the database's NULL
    return {"raw": raw, "unreadable_reason": bad.reason}


def _name(bad: Unreadable) -> str:
    """The id of an unreadable row, or a name made from its content, so that the same row is listed once."""
    digest = hashlib.sha256(json.dumps(bad.raw, sort_keys=True, default=str).encode()).hexdigest()
    return bad.slug[:200] or f"unreadable-{digest[:16]}"


def _write(
    connection: Connection,
    record: HistoryRecord | None,
    upstream_id: str,
    job_id: int | None,
    fields: dict[str, Any],
) -> bool:
    if record is None:
        made_at = fields.pop("made_at", None) or timezone.now()
        HistoryRecord.objects.create(
            connection=connection, upstream_id=upstream_id, job_id=job_id, made_at=made_at, **fields
        )
        return True
    fields.pop("made_at", None)
    if record.job_id == job_id and all(getattr(record, name) == value for name, value in fields.items()):
        return False  # a row that we now read differently is written again, too
    HistoryRecord.objects.filter(pk=record.pk).update(job_id=job_id, **fields)
    return True


def _fields(report: JobReport) -> dict[str, Any]:
    return {
        "raw": dict(report.raw),
        "unreadable_reason": "",
        "state": report.state or "",
        "state_word": "" if report.state else report.state_word[:80],
        "model_slug": report.model_slug,
        "prompt": report.prompt,
        "error": report.error_message,
        "charged": report.credits_charged,
        "refunded": bool(report.credits_refunded),
        "refund": report.credits_refunded if isinstance(report.credits_refunded, int) else None,
        "result_urls": list(report.result_urls),
        "made_at": report.created_at,
    }
