"""When a session ends, whoever trusts it without asking the database must learn of it: a counter says so.

A session ends with its row (sign-out, also from elsewhere, somebody else's sign-in in the same browser,
`clearsessions`), or because its member changed the password or was deactivated: Django's middleware then refuses it.
Each raises the member's counter, in the transaction that does it. So do a new role and a second factor that was turned
off: what the session may see has to be looked at anew.
"""

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Count, Max
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from studio.team.models import Member, SessionsEnded

REVOKING = {"password", "is_active", "role"}  # what a session's validity hangs on, of its member


def session_deleted(instance: Session, **_: Any) -> None:
    if member := instance.get_decoded().get(SESSION_KEY):
        SessionsEnded.one_more(int(member))


def member_saved(instance: Member, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    if not created and (update_fields is None or REVOKING & update_fields):
        SessionsEnded.one_more(instance.pk)
    if not created and not instance.is_active:
        end_all(instance)


def end_all(member: Member) -> None:
    """Every session that is known of; they do not come back when the member is let in again."""
    for session in UserSession.objects.filter(user=member):
        session.end()


def member_deleted(instance: Member, **_: Any) -> None:
    SessionsEnded.one_more(instance.pk)


def factor_removed(instance: Authenticator, **_: Any) -> None:
    SessionsEnded.one_more(instance.user_id)


def shared_address() -> str:
    """The one address that every member of the last week came from, "" where they came from several.

    Limits that count by address cannot tell such visitors apart. Also "" where the proxies before Dailies are
    counted: then it is truly theirs.
    """
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return ""
    week = UserSession.objects.filter(last_seen_at__gt=timezone.now() - timedelta(days=7))
    seen = week.aggregate(
        people=Count("user", distinct=True), addresses=Count("ip", distinct=True), ip=Max("ip")
    )
    return str(seen["ip"]) if seen["people"] > 1 and seen["addresses"] == 1 else ""


def listen() -> None:
    post_delete.connect(session_deleted, sender=Session)
    post_save.connect(member_saved, sender=Member)
    post_delete.connect(member_deleted, sender=Member)
    post_delete.connect(factor_removed, sender=Authenticator)
