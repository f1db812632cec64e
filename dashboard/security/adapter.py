"""django-allauth's second factors: settings and error messages."""

from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from dashboard.security.devices import device
from studio.catalog import mfa_encryption
from studio.catalog.vault import CannotOpen


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "Incorrect code. Each code works once, for 30 seconds.",
        "cannot_open": "It cannot be decrypted with this installation's encryption key. Ask an admin to turn it off.",
        "unverified_email": "Your email address is not confirmed yet. Ask an admin.",
    }

    def encrypt(self, text: str) -> str:
        return mfa_encryption.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ValidationError, in the form that asks for the code."""
        try:
            return mfa_encryption.unseal(encrypted_text)
        except CannotOpen as error:
            raise self.validation_error("cannot_open") from error

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        return device(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the public host name, even if a proxy uses another one for us."""
        host = urlsplit(settings.PUBLIC_URL).hostname if settings.HTTPS else None
        return {"id": host or context.request.get_host().partition(":")[0], "name": settings.MFA_TOTP_ISSUER}
