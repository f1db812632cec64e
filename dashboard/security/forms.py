"""django-allauth's forms in our words."""

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
        code.help_text = "The six digits that your app shows now, or one of your recovery codes."
        code.widget.attrs = CODE


class CodeAgainForm(CodeForm, ReauthenticateForm):
    """Before something that concerns the account's safety."""


class ActivateAppForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label, code.help_text = "Code", "The six digits that the app shows now."
        code.widget.attrs = CODE


class AddPasskeyForm(AddWebAuthnForm):
    """``credential`` is what the browser answers with; static/passkeys.js puts it there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, passwordless = self.fields["name"], self.fields["passwordless"]
        name.label, name.help_text = "Name", "To tell it from others of yours."
        name.widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": 80})
        passwordless.label = "It signs me in by itself, without the password"
        passwordless.help_text = (
            "The device asks for a fingerprint, a face or a PIN. Otherwise it comes after the password."
        )
        self.initial.setdefault("passwordless", True)
