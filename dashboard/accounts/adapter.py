"""How django-allauth behaves here: no open sign-up, and our words for its refusals."""

import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "Email and password do not match.",
        "too_many_login_attempts": "Too many attempts to sign in. Wait five minutes, then try again.",
        "enter_current_password": "That is not your current password.",
        "incorrect_password": "That is not your password.",
        "invalid_password_reset": "This link was used already, or is too old.",
        "rate_limited": "Too many attempts. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("dashboard:profile")

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Who signed in a moment ago, by password or passkey, has just said who they are."""
        return not _signed_in_just_now(context.request) and super().is_reauthentication_required(
            app=app, **kwargs
        )


def _signed_in_just_now(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records)
