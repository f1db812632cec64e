"""Writes django-allauth's actions to the audit log, and when each session was last seen."""

import time
from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from dashboard.security.middleware import SEEN_AT
from studio.audit.log import record
from studio.team.models import Member

KINDS = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery codes"}
METHODS = {"socialaccount": "single sign-on"}


def begin_session(request: HttpRequest, **_: Any) -> None:
    request.session[SEEN_AT] = int(time.time())


def signed_in(request: HttpRequest, user: Member, came_by: str = "", **_: Any) -> None:
    """Record the sign-in methods in the order of use. ``came_by`` names one that allauth does not know."""
    proven = [_method(each) for each in get_authentication_records(request, user)]
    method = ", ".join(filter(None, [came_by, *proven]))
    record("member.signed_in", by=user, about=f"member:{user.pk}", method=method)


def _method(proof: dict[str, Any]) -> str:
    return KINDS.get(proof.get("type", ""), "") or METHODS.get(proof["method"], proof["method"])


def signed_out(user: Member | None, **_: Any) -> None:
    if user:
        record("member.signed_out", by=user, about=f"member:{user.pk}")


def password_changed(user: Member, **_: Any) -> None:
    record("password.changed", by=user, about=f"member:{user.pk}")


def factor_added(user: Member, authenticator: Authenticator, **_: Any) -> None:
    record("second_factor.added", by=user, about=f"member:{user.pk}", kind=KINDS[authenticator.type])


def factor_removed(user: Member, authenticator: Authenticator, **_: Any) -> None:
    record("second_factor.removed", by=user, about=f"member:{user.pk}", kind=KINDS[authenticator.type])


def codes_renewed(user: Member, **_: Any) -> None:
    record("recovery_codes.renewed", by=user, about=f"member:{user.pk}")


def listen() -> None:
    user_logged_in.connect(begin_session)
    account.user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    for signal in (account.password_set, account.password_changed, account.password_reset):
        signal.connect(password_changed)
    mfa.authenticator_added.connect(factor_added)
    mfa.authenticator_removed.connect(factor_removed)
    mfa.authenticator_reset.connect(codes_renewed)
