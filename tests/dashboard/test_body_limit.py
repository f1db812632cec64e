"""Who may send more than a few KB."""

import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client, RequestFactory

from dashboard.middleware.body_limit import FORM, most_bytes
from studio.gateway.body import MOST_BYTES
from studio.team.models import Member
from studio.tokens import keyring
from studio.tokens.models import Scope

pytestmark = pytest.mark.django_db
API = "/api/v1/video-studio/generate/"


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


def limit(path: str, **headers: str) -> int:
    return most_bytes(RequestFactory().post(path, headers=headers).environ)


def session(client: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def test_a_member_may_send_a_form(as_member: Client) -> None:
    assert limit("/profile/", Cookie=session(as_member)) == FORM


def test_while_the_database_is_away_a_form_reaches_the_answer_that_says_so(
    as_member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("dashboard.middleware.body_limit.get_user", locked)
    assert limit("/profile/", Cookie=session(as_member)) == MOST_BYTES


@pytest.mark.parametrize(
    "cookie", ["", "{name}=", "{name}=invented", "{name}=a/../b", "other=1", "{name}=%00"]
)
def test_without_a_session_of_ours_nothing_large_is_read(cookie: str) -> None:
    assert limit("/accounts/login/", Cookie=cookie.format(name=settings.SESSION_COOKIE_NAME)) == 0


def test_a_session_ends_with_the_member(as_member: Client, member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(is_active=False)
    assert limit("/profile/", Cookie=session(as_member)) == 0


def test_the_api_asks_for_a_token_and_a_session_is_none(as_member: Client, member: Member) -> None:
    token, text = keyring.issue(member, "script", [Scope.READ], by=member)
    assert limit(API, Authorization=f"Bearer {text}") == MOST_BYTES
    assert limit(API, Authorization="Bearer dly_invented") == 0
    assert limit(API, Cookie=session(as_member)) == 0
    keyring.revoke(token, by=member)
    assert limit(API, Authorization=f"Bearer {text}") == 0
