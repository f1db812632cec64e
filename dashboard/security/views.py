"""The security page of the profile: password, second factor, passkeys, sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.security.devices import device
from dashboard.shared.requests import MemberRequest
from studio.audit.log import record
from studio.team import second_factor


@dataclass(frozen=True, slots=True)
class ListedSession:
    pk: int
    device: str
    ip: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


@require_safe
def security(request: MemberRequest) -> HttpResponse:
    return render(request, "security/page.html", _context(request))


def _context(request: MemberRequest) -> dict[str, Any]:
    kinds = Authenticator.Type
    authenticators = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    recovery = next((each for each in authenticators if each.type == kinds.RECOVERY_CODES), None)
    return {
        "app": next((each for each in authenticators if each.type == kinds.TOTP), None),
        "passkeys": [each for each in authenticators if each.type == kinds.WEBAUTHN],
        "recovery": recovery,
        "codes_left": _codes_left(recovery) if recovery else 0,
        "sessions": sorted(
            _sessions(request), key=lambda each: (not each.is_this, -each.seen_at.timestamp())
        ),
        "is_missing": second_factor.is_missing(request.user),
        "can_have_passkeys": _can_have_passkeys(request),
    }


def _codes_left(recovery: Authenticator) -> int:
    """The number of recovery codes, counted without decrypting them."""
    used: int = recovery.data["used_mask"].bit_count()
    return int(app_settings.RECOVERY_CODE_COUNT) - used


def _sessions(request: MemberRequest) -> Iterator[ListedSession]:
    for session in UserSession.objects.purge_and_list(request.user):
        yield ListedSession(
            session.pk,
            device(session.user_agent),
            session.ip,
            session.created_at,
            session.last_seen_at,
            session.session_key == request.session.session_key,
        )


def _can_have_passkeys(request: MemberRequest) -> bool:
    """Browsers support passkeys only for host names with https, and for localhost; not for IP addresses."""
    host, _ = split_domain_port(request.get_host())
    return host == "localhost" or (settings.HTTPS and not _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@require_POST
def session_end(request: MemberRequest, session_id: int) -> HttpResponse:
    """End another own session; this one ends by signing out."""
    _end(request, [get_object_or_404(_others(request), pk=session_id)])
    messages.success(request, "Session signed out.")
    return redirect("dashboard:security")


@require_POST
def sessions_end(request: MemberRequest) -> HttpResponse:
    """Every session but this one."""
    _end(request, list(_others(request)))
    messages.success(request, "Signed out everywhere else.")
    return redirect("dashboard:security")


def _others(request: MemberRequest) -> QuerySet[UserSession]:
    return UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)


def _end(request: MemberRequest, sessions: list[UserSession]) -> None:
    """studio.team.sessions is notified of each."""
    with transaction.atomic():
        get_adapter().end_sessions(sessions)
        if sessions:
            about = f"member:{request.user.pk}"
            record("session.ended", by=request.user, about=about, sessions=len(sessions))
