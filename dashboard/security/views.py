"""The page below the profile: password, second factor, passkeys, sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.security.devices import device
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
def security(request: HttpRequest) -> HttpResponse:
    return render(request, "security/page.html", _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    kinds = Authenticator.Type
    authenticators = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    recovery = next((each for each in authenticators if each.type == kinds.RECOVERY_CODES), None)
    return {
        "app": next((each for each in authenticators if each.type == kinds.TOTP), None),
        "passkeys": [each for each in authenticators if each.type == kinds.WEBAUTHN],
        "recovery": recovery,
        "codes_left": len(recovery.wrap().get_unused_codes()) if recovery else 0,
        "sessions": sorted(
            _sessions(request), key=lambda each: (not each.is_this, -each.seen_at.timestamp())
        ),
        "is_missing": second_factor.is_missing(request.user),
        "can_have_passkeys": _can_have_passkeys(request),
    }


def _sessions(request: HttpRequest) -> Iterator[ListedSession]:
    for session in UserSession.objects.purge_and_list(request.user):
        yield ListedSession(
            session.pk,
            device(session.user_agent),
            session.ip,
            session.created_at,
            session.last_seen_at,
            session.session_key == request.session.session_key,
        )


def _can_have_passkeys(request: HttpRequest) -> bool:
    """Browsers offer them to pages with a name, over https or on this machine; to no address in figures."""
    host, _ = split_domain_port(request.get_host())
    return host == "localhost" or (settings.HTTPS and not _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    end_sessions(request, [session])
    if not request.user.is_authenticated:
        return redirect("account_login")
    messages.success(request, "That session has ended.")
    return redirect("dashboard:security")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Every session but this one."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    count = len(others)
    end_sessions(request, list(others))
    messages.success(
        request, "You are signed out everywhere else." if count else "You were signed in nowhere else."
    )
    return redirect("dashboard:security")
