"""Second factors for tests, as an app on a phone would have them."""

import re

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from studio.team.models import Member
from tests.must import must


def with_app(member: Member) -> str:
    """The member has an authenticator app from now on; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    return secret


def code_of(secret: str) -> str:
    """What the app shows now."""
    cache.clear()  # a code works once: the next one is half a minute away
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30))


def wrong_code(secret: str) -> str:
    return f"{(int(code_of(secret)) + 1) % 1_000_000:06}"


def set_up_app(client: Client) -> str:
    """Through the pages; its secret. The client must not be asked for the password first."""
    page = client.get("/accounts/security/app/add/").content.decode()
    secret = must(re.search(r'<code id="key">(\w+)</code>', page))[1]
    assert client.post("/accounts/security/app/add/", {"code": code_of(secret)}).status_code == 302
    assert Authenticator.objects.filter(type="totp").exists()
    return secret
