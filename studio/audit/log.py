"""Writes the log: ``record("budget.changed", by=member, about="budget:3", limit=500)``."""

import re
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Field
from django.utils import timezone

from studio.audit import chain, origin
from studio.audit.models import Entry, Head

ACTION = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")  # a noun, and a verb in the past tense


def record(action: str, /, *, by: AbstractBaseUser | None, about: str = "", **detail: Any) -> Entry:
    """Append an entry in the transaction of the action: if that is rolled back, the entry is, too.

    Call it last in the transaction: all others who record wait for its commit. ``by`` is None for automatic actions.
    ``about`` identifies an object, such as "job:12". ``detail`` goes through ``chain.plain``; it must not have secrets.
    Raises ValueError for a malformed ``action``.
    """
    if not ACTION.fullmatch(action):
        raise ValueError(f"An action is called noun.verb, not {action!r}.")
    with transaction.atomic(savepoint=False):
        head = Head.objects.locked()
        entry = _entry_after(head, action, by, about, detail)
        entry.hash = entry.digest()
        entry.save()
        Head.objects.filter(pk=head.pk).update(number=entry.number, hash=entry.hash)
    return entry


def _entry_after(
    head: Head, action: str, by: AbstractBaseUser | None, about: str, detail: dict[str, Any]
) -> Entry:
    where = origin.current()
    return Entry(
        number=head.number + 1,
        at=timezone.now(),
        action=action,
        by=by,  # type: ignore[misc]  # a Member, which this room on a lower floor does not know
        by_name=_cut(by or "", "by_name"),
        about=_cut(about, "about"),
        detail=chain.plain(detail),
        address=_cut(where.address, "address"),
        agent=_cut(where.agent, "agent"),
        previous=head.hash,
    )


def _cut(value: object, column: str) -> str:
    field = Entry._meta.get_field(column)
    return chain.text(value)[: field.max_length if isinstance(field, Field) else None]
