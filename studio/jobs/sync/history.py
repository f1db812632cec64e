"""The mirror of the upstream's history, with the jobs that were made outside this dashboard."""

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
    """Write what is new or changed; nothing is ever removed. Returns the ids of our jobs whose rows were written.

    ``asked_at``: what happened at the studio before it stands in this answer.
    """
    connection.history_read_at = asked_at or timezone.now()
    # First of all: this row's lock lets one mirror after the other, and is taken in the order of claim_next.
    Connection.objects.filter(pk=connection.pk).update(history_read_at=connection.history_read_at)
    note_balance(connection.pk, history.credits_remaining, asked_at=asked_at)
    if history.is_rounded:
        note_fractions(connection.pk)
    rows = {told.job_id: _fields(told) for told in history.jobs}
    rows |= {_name(bad): _unreadable(bad) for bad in history.unreadable}
    mine = HistoryRecord.objects.filter(connection=connection, upstream_id__in=rows)
    known = {record.upstream_id: record for record in mine}
    ours = dict(
        Job.objects.filter(connection=connection, upstream_id__in=rows).values_list("upstream_id", "pk")
    )
    written = set()
    for upstream_id, fields in rows.items():
        job_id = ours.get(upstream_id)
        if _write_or_say(connection, known.get(upstream_id), upstream_id, job_id, fields) and job_id:
            written.add(job_id)
    return written


def _write_or_say(
    connection: Connection,
    record: HistoryRecord | None,
    upstream_id: str,
    job_id: int | None,
    fields: dict[str, Any],
) -> bool:
    """A row that the database refuses is listed as unreadable: it must not hide the others."""
    try:
        with transaction.atomic():
            return _write(connection, record, upstream_id, job_id, dict(fields))
    except OperationalError:  # a deadlock, a lost connection: that is not the row's fault
        raise
    except DatabaseError:
        unreadable = {"raw": {}, "unreadable_reason": "It holds figures or letters that cannot be kept."}
        return _write(connection, record, upstream_id, job_id, unreadable)


def _unreadable(bad: Unreadable) -> dict[str, Any]:
    raw = {} if bad.raw is None else bad.raw  # JSON's null would become the database's
    return {"raw": raw, "unreadable_reason": bad.reason}


def _name(bad: Unreadable) -> str:
    """The id of an unreadable row, or a name from its content: the same row is listed once."""
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
    if record.job_id == job_id and all(getattr(record, name) == said for name, said in fields.items()):
        return False  # what is read differently than before is written again, too
    HistoryRecord.objects.filter(pk=record.pk).update(job_id=job_id, **fields)
    return True


def _fields(told: JobReport) -> dict[str, Any]:
    return {
        "raw": dict(told.raw),
        "unreadable_reason": "",
        "state": told.state or "",
        "state_word": "" if told.state else told.state_word[:80],
        "model_slug": told.model_slug,
        "prompt": told.prompt,
        "error": told.error_message,
        "charged": told.credits_charged,
        "refunded": bool(told.credits_refunded),
        "refund": told.credits_refunded if isinstance(told.credits_refunded, int) else None,
        "result_urls": list(told.result_urls),
        "made_at": told.created_at,
    }
