"""django-allauth's settings: no open sign-up, and our error messages."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.accounts import sign_in_limits
from dashboard.shared.requests import MemberRequest
from studio.team.models import Member


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "Email or password is incorrect.",
        "too_many_login_attempts": "Too many attempts to sign in. Try again in five minutes.",
        "too_many_failures": (
            "Too many failed attempts. Try again in five minutes. You can sign in now from a browser you have used "
            "before, with a passkey or with a sign-in link from an admin."
        ),
        "enter_current_password": "This is not your current password.",
        "incorrect_password": "Incorrect password.",
        "invalid_password_reset": "This link was already used or has expired.",
        "rate_limited": "Too many attempts. Try again in five minutes.",
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Allauth's own limit counts by account or by address: either lets one visitor lock out another."""
        # A person who confirms the password enters no email: it is that of the signed-in person.
        email = str(credentials.get("email") or getattr(request.user, "email", ""))
        self._login_failed_rl_usage = sign_in_limits.begin(request, email)
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_failures")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        sign_in_limits.forgive(request, credentials["email"])

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        if isinstance(user, Member):
            sign_in_limits.remember_browser(request, response, user)
        return response

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("dashboard:profile")

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """A person who signed in a moment ago, by password or passkey, does not need to confirm it again."""
        return not _signed_in_just_now(context.request) and super().is_reauthentication_required(
            app=app, **kwargs
        )


def _signed_in_just_now(request: MemberRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records)
