"""Limits on guessing passwords. Only failures count, and one visitor's failures lock out no one else.

A browser in which a member signed in before carries a signed cookie: there only its own failures count, so the
right password always finds a way in, even if others guess at the same account or from the same address.
"""

import secrets

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from studio.team.models import Member

APP = "dailies"
RATES = {
    "known-browser": "10/5m/key",
    "account-and-address": "5/5m/key",
    "account": "100/h/key",  # guessed at from many addresses
    "address": "50/5m/ip",  # guessing at many accounts
}
COOKIE = f"dailies_known_{settings.PORT}"
SALT = "dashboard.accounts.known_browser"
COOKIE_SECONDS = 180 * 24 * 3600
MOST_ACCOUNTS = 8  # that one browser is known for


def begin(request: HttpRequest, email: str) -> RateLimitUsage | None:
    """Count an attempt as failed, to be rolled back on success; None if too many failed already.

    An attempt that is refused counts nowhere: it guessed nothing.
    """
    used = RateLimitUsage(usage=[])
    for action, key in _limits(request, email.strip().lower()):
        usage = ratelimit.consume(request, app=APP, action=action, config=RATES, key=key)
        if usage is None:
            used.rollback()
            return None
        used.usage += usage.usage
    return used


def forgive(request: HttpRequest, email: str) -> None:
    """After a password reset: its owner may sign in from this browser."""
    for action, key in _limits(request, email.strip().lower()):
        if action != "address":
            ratelimit.clear(request, app=APP, action=action, config=RATES, key=key)


def _limits(request: HttpRequest, email: str) -> list[tuple[str, str]]:
    """The rates that an attempt counts towards, the narrowest first, each with its key."""
    browser, accounts = _known(request)
    if _mark(email) in accounts:
        return [("known-browser", f"{browser} {email}")]
    here = f"{email} {ratelimit.get_ip(request)}"
    return [("account-and-address", here), ("account", email), ("address", "")]


# ── Known browsers ──────────────────────────────────────────────────────────────────────────────────────
def remember_browser(request: HttpRequest, response: HttpResponse, member: Member) -> None:
    """After a sign-in: remember this browser for the account. The cookie alone signs no one in."""
    browser, accounts = _known(request)
    mark = _mark(member.email.lower())
    marks = [mark, *(each for each in accounts if each != mark)][:MOST_ACCOUNTS]
    response.set_signed_cookie(
        COOKIE,
        " ".join([browser or secrets.token_urlsafe(16), *marks]),
        salt=SALT,
        max_age=COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> tuple[str, list[str]]:
    """The browser's id, and the accounts that signed in there; "" and none if it is new."""
    value = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=COOKIE_SECONDS)
    browser, *accounts = (value or "").split() or [""]
    return browser, accounts


def _mark(email: str) -> str:
    """Identifies the account in the cookie without revealing its email."""
    return salted_hmac(SALT, email, algorithm="sha256").hexdigest()[:32]
