"""How django-allauth behaves here: no open sign-up, and our words for its refusals."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "Email and password do not match.",
        "too_many_login_attempts": "Too many attempts to sign in. Wait five minutes, then try again.",
        "enter_current_password": "That is not your current password.",
        "invalid_password_reset": "This link was used already, or is too old.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("dashboard:profile")
