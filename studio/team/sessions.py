"""When a session ends, whoever trusts it without asking the database must learn of it: a counter says so.

A session ends with its row (sign-out, somebody else's sign-in in the same browser, `clearsessions`), or because
its member changed the password or was deactivated: Django's middleware then refuses it. Each raises the member's
counter, in the transaction that does it.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save

from studio.team.models import Member, SessionsEnded

REVOKING = {"password", "is_active"}  # what a session's validity hangs on, of its member


def session_deleted(instance: Session, **_: Any) -> None:
    if member := instance.get_decoded().get(SESSION_KEY):
        SessionsEnded.one_more(int(member))


def member_saved(instance: Member, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    if not created and (update_fields is None or REVOKING & update_fields):
        SessionsEnded.one_more(instance.pk)


def member_deleted(instance: Member, **_: Any) -> None:
    SessionsEnded.one_more(instance.pk)


def listen() -> None:
    post_delete.connect(session_deleted, sender=Session)
    post_save.connect(member_saved, sender=Member)
    post_delete.connect(member_deleted, sender=Member)
