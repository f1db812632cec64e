"""django-allauth's forms with our labels and help texts."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "placeholder": ""}


class CodeForm(AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.help_text = "The six-digit code from your app, or a recovery code."
        code.widget.attrs = CODE


class CodeAgainForm(CodeForm, ReauthenticateForm):
    """Confirmation before a security-relevant action."""


class ActivateAppForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label, code.help_text = "Code", "The six-digit code from your app."
        code.widget.attrs = CODE


class AddPasskeyForm(AddWebAuthnForm):
    """``credential`` is the browser's answer, filled in by static/passkeys.js."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, passwordless = self.fields["name"], self.fields["passwordless"]
        name.label, name.help_text = "Name", "Helps you recognize it later."
        name.widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": 80})
        passwordless.label = "Sign in without a password"
        passwordless.help_text = (
            "Your device asks for a fingerprint, face or PIN. If off, the passkey comes after your password."
        )
        self.initial.setdefault("passwordless", True)
