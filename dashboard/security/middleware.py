"""What every request of somebody who is signed in meets: the policy of second factors, and the list of sessions."""

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from studio.team import second_factor

type GetResponse = Callable[[HttpRequest], HttpResponse]

# Pages by which a second factor is set up, and those that concern nobody's data.
ALWAYS_OPEN = {
    *("dashboard:security", "dashboard:session-end", "dashboard:sessions-end"),
    *("dashboard:health", "dashboard:health-live", "dashboard:health-ready"),
    *("dashboard:welcome", "dashboard:invitation-accept"),
    *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "mfa_view_recovery_codes"),
    *("account_logout", "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("account_set_password", "account_change_password"),
}
SEEN_AT = "seen_at"  # in the session
SEEN_EVERY = 300  # seconds: a list of sessions needs no more, and each time costs a write


class SecondFactorFirst:
    """Who has to have a second factor and has none sets one up before anything else."""

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
        if request.headers.get("HX-Request"):  # the page that asks for a fragment goes there as a whole
            return HttpResponse(status=403, headers={"HX-Redirect": setup})
        return redirect(setup)


class NoteSession:
    """Keeps the list of one's sessions: from where, by which browser, last seen when."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Who has no session is not asked who they are.
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
