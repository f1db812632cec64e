"""When a session ends, whoever trusts it without asking the database must learn of it: a counter says so.

A session ends with its row (sign-out, a new sign-in, `clearsessions`), or because its member changed the password or
was deactivated: Django's middleware then refuses it. Both raise the counter, in the transaction that does it.
"""

from typing import Any

from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save

from studio.team.models import Member, SessionsEnded

REVOKING = {"password", "is_active"}  # what a session's validity hangs on, of its member


def session_deleted(**_: Any) -> None:
    SessionsEnded.one_more()


def member_saved(*, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    if not created and (update_fields is None or REVOKING & update_fields):
        SessionsEnded.one_more()


def listen() -> None:
    post_delete.connect(session_deleted, sender=Session, dispatch_uid="session ended")
    post_save.connect(member_saved, sender=Member, dispatch_uid="member's sessions ended")
