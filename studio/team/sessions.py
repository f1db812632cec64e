"""Counts ended sessions per member, for code that trusts a session without asking the database each time.

A session ends with its row (sign-out, also from another device, someone else's sign-in in the same browser,
`clearsessions`), or because its member changed the password or was deactivated: Django's middleware then refuses it.
Each of these increments the member's counter, in the same transaction. So do a new role and a removed second factor,
because what the session may see must be checked again.
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

REVOKING = {"password", "is_active", "role"}  # fields of a member that its sessions depend on


def session_deleted(instance: Session, **_: Any) -> None:
    if member := instance.get_decoded().get(SESSION_KEY):
        SessionsEnded.one_more(int(member))


def member_saved(instance: Member, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    if not created and (update_fields is None or REVOKING & update_fields):
        SessionsEnded.one_more(instance.pk)
    if not created and not instance.is_active:
        end_all(instance)


def end_all(member: Member) -> None:
    """End all known sessions. They stay ended if the member is reactivated."""
    for session in UserSession.objects.filter(user=member):
        session.end()


def member_deleted(instance: Member, **_: Any) -> None:
    SessionsEnded.one_more(instance.pk)


def factor_removed(instance: Authenticator, **_: Any) -> None:
    SessionsEnded.one_more(instance.user_id)


def shared_address() -> str:
    """The one address that all members of the last week came from, "" if there were several.

    Limits per address cannot distinguish such visitors. Also "" if the number of proxies in front of Dailies is
    configured: the address is the visitor's own then.
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
