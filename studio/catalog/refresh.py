"""Mirror the upstream's models: what is new, what changed, what is gone. The last good copy stays."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.catalog.connections import engine_for, note_answer, note_failed_read
from studio.catalog.models import Connection, ModelChange, StudioModel
from studio.contract.capability import Capability, Models, Unreadable
from studio.contract.errors import StudioError
from studio.contract.price import price_label
from studio.contract.request import SEED_FIELDS

EVERY = timedelta(minutes=15)
RETRY = timedelta(seconds=10)  # while there is no good copy, or the last try failed
LOST = timedelta(seconds=60)  # outlives one reading: its worker is gone


def is_due(connection: Connection) -> bool:
    """A refused key is tried with the history only (studio.jobs.watching): models may be public."""
    tried = connection.models_tried_at
    if tried is None or (connection.refresh_asked_at and connection.refresh_asked_at > tried):
        return True
    if connection.state == Connection.State.PAUSED:
        return False
    undisturbed = EVERY if tried == connection.models_read_at else LOST
    return timezone.now() - tried >= (RETRY if connection.models_error else undisturbed)


def claim(connection: Connection) -> bool:
    """Whether this worker reads the models now: they are due, and no other worker was faster."""
    if not is_due(connection):
        return False
    here = Connection.objects.filter(pk=connection.pk, models_tried_at=connection.models_tried_at)
    return here.update(models_tried_at=timezone.now()) == 1


def refresh(connection: Connection) -> Models | None:
    """Read the models once. None when the studio did not give them; the reason is then on the connection."""
    try:
        found = engine_for(connection).models()
    except StudioError as error:
        note_failed_read(connection, error)
        Connection.objects.filter(pk=connection.pk).update(
            models_tried_at=timezone.now(), models_error=error.sentence
        )
        return None
    note_answer(connection)
    mirror(connection, found)
    return found


@transaction.atomic
def mirror(connection: Connection, found: Models) -> None:
    """Write what was found beside what is known. An empty answer retires nothing: it is a fault, not a catalog."""
    now = timezone.now()
    if not found.capabilities and not found.unreadable:
        Connection.objects.filter(pk=connection.pk).update(
            models_tried_at=now, models_error="The studio named no models at all."
        )
        return
    known = {row.slug: row for row in connection.models.all()}
    records: list[Capability | Unreadable] = [*found.capabilities, *found.unreadable]
    seen = set()
    for position, record in enumerate(records):
        slug = record.slug or f"record-{position + 1}"
        if slug not in seen:
            seen.add(slug)
            _write(connection, known.get(slug), slug, record, position)
    for row in known.values():
        if row.slug not in seen and row.retired_at is None:
            _retire(row)
    Connection.objects.filter(pk=connection.pk).update(
        models_read_at=now, models_tried_at=now, models_error=""
    )


def _write(
    connection: Connection,
    row: StudioModel | None,
    slug: str,
    record: Capability | Unreadable,
    position: int,
) -> None:
    raw = _with_slug(record)
    version = _version(raw)
    readable = isinstance(record, Capability)
    fields: dict[str, Any] = {
        "name": record.name if readable else slug,
        "record": raw,
        "version": version,
        "unreadable_reason": "" if readable else record.reason,
    }
    if row is None:
        StudioModel.objects.create(connection=connection, slug=slug, position=position, **fields)
        return
    back = row.retired_at is not None
    if row.version != version or row.unreadable_reason != fields["unreadable_reason"] or back:
        _record_changes(row, record, back)
        StudioModel.objects.filter(pk=row.pk).update(
            position=position, retired_at=None, changed_at=timezone.now(), **fields
        )
    elif row.position != position:
        StudioModel.objects.filter(pk=row.pk).update(position=position)


def _retire(row: StudioModel) -> None:
    StudioModel.objects.filter(pk=row.pk).update(retired_at=timezone.now())
    ModelChange.objects.create(model=row, what="offer", before="offered", after="withdrawn by the studio")


def _record_changes(row: StudioModel, record: Capability | Unreadable, back: bool) -> None:
    before = _facts(None if row.unreadable_reason else row.capability, row.unreadable_reason)
    after = _facts(record) if isinstance(record, Capability) else _facts(None, record.reason)
    changes = [
        ModelChange(model=row, what=what, before=before[what], after=after[what])
        for what in before
        if before[what] != after[what]
    ]
    if back:
        changes.append(ModelChange(model=row, what="offer", before="withdrawn", after="offered again"))
    ModelChange.objects.bulk_create(changes)


def _facts(capability: Capability | None, unreadable_reason: str = "") -> dict[str, str]:
    """What a person would compare between two records of a model, in words."""
    shown = capability or Capability(slug="", name="")
    return {
        "price": price_label(shown) if capability else "",
        "aspect ratios": ", ".join(choice.label for choice in shown.aspect_ratios),
        "durations": ", ".join(f"{seconds} s" for seconds in shown.durations),
        "quality modes": ", ".join(choice.label for choice in shown.quality_modes),
        "inputs": ", ".join(shown.inputs) if capability else "",
        "sound": ("yes" if shown.sound else "no") if capability else "",
        "parameters": ", ".join(one.label for one in shown.parameters_in() if one.name not in SEED_FIELDS),
        "record": unreadable_reason,
    }


def _with_slug(record: Capability | Unreadable) -> dict[str, Any]:
    """The raw record, able to be decoded alone: under a mapping, its slug stood outside it."""
    if isinstance(record, Unreadable):
        return {"raw": record.raw}
    raw = dict(record.raw)
    known_by = {"model_slug", "slug", "id"} & raw.keys()
    return raw if known_by else {"model_slug": record.slug, **raw}


def _version(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]
