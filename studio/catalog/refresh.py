"""Mirrors the upstream's models: what is new, changed or gone. The last good copy is kept."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone

from studio.catalog.connections import engine_for, note_answer, note_failed_read
from studio.catalog.models import Connection, ModelChange, StudioModel, digest
from studio.contract.capability import Capability, Models, Unreadable
from studio.contract.corrections import corrected
from studio.contract.errors import StudioError
from studio.contract.price import price_label
from studio.contract.request import SEED_FIELDS
from studio.contract.spelling.values import Unread, printable
from studio.core.rows import compare_and_set

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=15)
RETRY = timedelta(seconds=10)  # if there is no good copy, or the last try failed
LOST = timedelta(seconds=60)  # longer than any reading: its worker is gone

LONGEST_SLUG = 200  # of the column
COMPARED = ("version", "notes", "unreadable_reason", "withheld_reason")  # a change in one of these counts
WITHDRAWN, BACK = "withdrawn by the studio", "offered again"
SWITCHED_OFF, SWITCHED_ON = "switched off by the studio", "switched on again"


def is_due(connection: Connection) -> bool:
    """A refused key is only tested with the history (studio.jobs.sync.watching), because models may be public."""
    tried = connection.models_tried_at
    if tried is None or (connection.refresh_asked_at and connection.refresh_asked_at > tried):
        return True
    if connection.state == Connection.State.PAUSED:
        return False
    undisturbed = EVERY if tried == connection.models_read_at else LOST
    return timezone.now() - tried >= (RETRY if connection.models_error else undisturbed)


def claim(connection: Connection) -> bool:
    """Whether this worker reads the models now: they are due, and no other worker was first."""
    if not is_due(connection):
        return False
    as_read = Connection.objects.filter(models_tried_at=connection.models_tried_at)
    return compare_and_set(as_read, connection, models_tried_at=timezone.now())


def refresh(connection: Connection) -> Models | None:
    """Read the models once. Returns None if that failed; the reason is then on the connection."""
    try:
        found = engine_for(connection).models()
    except StudioError as error:
        note_failed_read(connection, error)
        _fail(connection, error.sentence)
        return None
    except Exception:  # our own bug: show it, rather than "working" with old models
        log.exception("The models of %s could not be read", connection)
        _fail(connection, "Its answer could not be read because of an error in Dailies. See the log.")
        return None
    note_answer(connection)
    try:
        mirror(connection, found)
    except Exception as error:
        log.exception("The models of %s could not be stored", connection)
        _fail(connection, "The models could not be stored. See the log.")
        if isinstance(
            error, OperationalError
        ):  # the database is busy or full: the worker waits before the next try
            raise
        return None
    return found


def _fail(connection: Connection, sentence: str) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        models_tried_at=timezone.now(), models_error=printable(sentence)
    )


@transaction.atomic
def mirror(connection: Connection, found: Models) -> None:
    """Store the models that were found.

    A missing model is retired only after a complete reading with at least one readable model: an empty or unreadable
    answer is an error, not a catalog.
    """
    now = timezone.now()
    known = {row.slug: row for row in connection.models.all()}
    seen = set()
    for position, listing in enumerate(_listings(found)):
        if listing.slug not in seen:
            seen.add(listing.slug)
            _write_safely(connection, known.get(listing.slug), listing, position)
    error = _nothing_usable(found)
    if not error and not found.incomplete:
        for row in known.values():
            if row.slug not in seen and row.retired_at is None:
                _retire(row)
    read = {} if error else {"models_read_at": now}
    Connection.objects.filter(pk=connection.pk).update(
        models_tried_at=now, models_error=error, models_incomplete=printable(found.incomplete), **read
    )


def _nothing_usable(found: Models) -> str:
    if found.capabilities:
        return ""
    return "None of its models could be understood." if found.unreadable else "The studio listed no models."


@dataclass(frozen=True, slots=True)
class _Listing:
    """One record of the catalog, as it will be stored."""

    slug: str
    record: Capability | Unreadable
    notes: tuple[str, ...] = ()
    withheld: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        record = self.record
        if isinstance(record, Capability):
            name, raw, reason = record.name, dict(record.raw), ""
        else:
            name, raw, reason = self.slug, {"raw": record.raw}, printable(record.reason)
        return {
            "name": name,
            "record": raw,
            "version": digest(raw),
            "notes": list(self.notes),
            "unreadable_reason": reason,
            "withheld_reason": self.withheld,
        }


def _listings(found: Models) -> Iterator[_Listing]:
    """Every record, with a slug that fits its column."""
    for record in found.capabilities:
        notes, withheld = found.notes.get(record.slug, ()), found.withheld.get(record.slug, "")
        yield _Listing(record.slug, record, notes, withheld)
    for number, bad in enumerate(found.unreadable, len(found.capabilities) + 1):
        yield _Listing(_short_slug(bad.slug) or f"record-{number}", bad)


def _short_slug(slug: str) -> str:
    """Shorten a slug that is too long; a hash keeps similar ones distinct."""
    if len(slug) <= LONGEST_SLUG:
        return printable(slug)
    digest = hashlib.sha256(slug.encode(errors="replace")).hexdigest()[:8]
    return f"{printable(slug[: LONGEST_SLUG - 10])}… {digest}"


def _write_safely(connection: Connection, row: StudioModel | None, listing: _Listing, position: int) -> None:
    """Write a record. One that cannot be stored is listed as unreadable, so that it does not hide the others."""
    try:
        with transaction.atomic():
            _write(connection, row, listing, position)
    except OperationalError:  # a deadlock or a lost connection is not the record's fault
        raise
    except Exception:
        log.exception("A model's record could not be stored")
        bad = Unreadable(listing.slug, "It contains something that cannot be stored.", None)
        _write(connection, row, _Listing(_short_slug(listing.slug), bad), position)


def _write(connection: Connection, row: StudioModel | None, listing: _Listing, position: int) -> None:
    fields = listing.fields
    if row is None:
        StudioModel.objects.create(connection=connection, slug=listing.slug, position=position, **fields)
        return
    same = all(getattr(row, name) == fields[name] for name in COMPARED)
    back = row.retired_at is not None
    if not same or back:
        _record_changes(row, listing, back)
        StudioModel.objects.filter(pk=row.pk).update(
            position=position, retired_at=None, changed_at=timezone.now(), **fields
        )
    elif row.position != position:
        StudioModel.objects.filter(pk=row.pk).update(position=position)


def _retire(row: StudioModel) -> None:
    StudioModel.objects.filter(pk=row.pk).update(retired_at=timezone.now())
    ModelChange.objects.create(model=row, what="offer", before="offered", after=WITHDRAWN)


def _record_changes(row: StudioModel, listing: _Listing, back: bool) -> None:
    record = listing.record
    before = _facts(_capability_of(row), row.unreadable_reason)
    # Both include the admin's parameters: a change that a correction covers does not matter to anyone.
    after = (
        _facts(corrected(record, row.own_parameters))
        if isinstance(record, Capability)
        else _facts(None, record.reason)
    )
    changes = [
        ModelChange(model=row, what=what, before=before[what], after=after[what])
        for what in before
        if before[what] != after[what]
    ]
    was_off = bool(row.withheld_reason)
    if back:
        changes.append(ModelChange(model=row, what="offer", before="withdrawn", after=BACK))
    if bool(listing.withheld) != was_off and isinstance(record, Capability):
        was, now = ("offered", SWITCHED_OFF) if listing.withheld else ("switched off", SWITCHED_ON)
        changes.append(ModelChange(model=row, what="offer", before=was, after=now))
    ModelChange.objects.bulk_create(changes)


def _capability_of(row: StudioModel) -> Capability | None:
    """The row's capability; None if it was not understood, or can no longer be decoded."""
    try:
        return row.capability
    except (LookupError, Unread):
        return None


def _facts(capability: Capability | None, unreadable_reason: str = "") -> dict[str, str]:
    """The facts that a person would compare between two versions of a model, in words."""
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
