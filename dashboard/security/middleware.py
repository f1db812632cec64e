"""Middleware for signed-in people: the second-factor policy, and the list of sessions."""

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from studio.team import second_factor

type GetResponse = Callable[[HttpRequest], HttpResponse]

# Pages for setting up a second factor, and those without personal data.
ALWAYS_OPEN = {
    *("dashboard:security", "dashboard:session-end", "dashboard:sessions-end"),
    *("dashboard:health", "dashboard:health-live", "dashboard:health-ready"),
    *("dashboard:welcome", "dashboard:invitation-accept"),
    *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_view_recovery_codes"),
    *("account_logout", "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("account_set_password", "account_change_password"),
}
SEEN_AT = "seen_at"  # in the session
SEEN_EVERY = 300  # seconds: enough for a list of sessions, and each update is a write


class SecondFactorFirst:
    """Redirects people who must have a second factor and have none to set one up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if (
            match is None
            or match.view_name in ALWAYS_OPEN
            or not request.user.is_authenticated
            or not second_factor.is_missing(request.user)
        ):
            return None
        setup = reverse("dashboard:security")
        if request.headers.get("HX-Request"):  # redirect the whole page, not the fragment
            return HttpResponse(status=403, headers={"HX-Redirect": setup})
        return redirect(setup)


class NoteSession:
    """Keeps the list of sessions: address, browser, last seen."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session, the user is not loaded.
        if request.session.session_key and _is_page(request) and request.user.is_authenticated:
            now = int(time.time())
            if now - request.session.get(SEEN_AT, 0) >= SEEN_EVERY:
                request.session[SEEN_AT] = now
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _is_page(request: HttpRequest) -> bool:
    """Whole pages only: a tab that polls, or loads its pictures, writes nothing; nor does whoever looks at our health,
    which must be answered without the database."""
    if request.path_info.startswith("/health"):
        return False
    fetched = request.headers.get("Sec-Fetch-Dest", "document")
    return request.method == "GET" and fetched == "document" and "HX-Request" not in request.headers
