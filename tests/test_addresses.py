"""Every address of the installation, asked as somebody who is not signed in."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, PathConverter, SlugConverter, StringConverter, UUIDConverter

PUBLIC = {
    "account_inactive",
    "account_login",
    "account_logout",  # sends those who are signed out to sign-in
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
    "dashboard:health",
    "dashboard:health-live",
    "dashboard:health-ready",
    "dashboard:invitation-accept",
    "dashboard:welcome",
    "socialaccount_login_cancelled",
}
# Steps of a sign-in: there is nothing to see for who has not begun one, or where single sign-on is not set up.
STEPS = {"mfa_authenticate", "mfa_login_webauthn", "openid_connect_callback", "openid_connect_login"}
# Says that the database is locked, and rightly: the transaction of a test holds it. See tests.dashboard.test_trouble.
TELLS_OF_LOCKS = {"dashboard:health-ready"}
SAMPLES = {
    IntConverter: 1,
    PathConverter: "clips/x",
    StringConverter: "x",
    SlugConverter: "x",
    UUIDConverter: "00000000-0000-4000-8000-000000000000",
}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from patterns(entry, inner)
        else:
            yield f"{prefix}{entry.name}", entry


EACH = list(patterns(get_resolver()))
ALL = dict(EACH)


# Where tokens let in, and no session does: see tests.gateway.test_scopes.
GATEWAY = {name for name in ALL if name.startswith("gateway:")}


def address(name: str) -> str:
    converters = ALL[name].pattern.converters
    if not converters and ALL[name].pattern.regex.groups:
        return reverse(name, kwargs=dict.fromkeys(ALL[name].pattern.regex.groupindex, "x"))
    return reverse(name, kwargs={key: SAMPLES[type(converter)] for key, converter in converters.items()})


def test_no_address_hides_behind_the_name_of_another() -> None:
    """Who may open an address is asked by its name."""
    names = [name for name, _ in EACH]
    assert [name for name in names if names.count(name) > 1 or name.endswith("None")] == []


@pytest.mark.parametrize("name", sorted(set(ALL) - PUBLIC - STEPS - GATEWAY))
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_sent_to_sign_in(name: str, method: str, client: Client, db: None) -> None:
    response = getattr(client, method)(address(name))
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/?next=")


@pytest.mark.parametrize("name", sorted(PUBLIC - {"account_logout"} - TELLS_OF_LOCKS))
def test_what_is_public_answers_without_signing_in(name: str, client: Client, db: None) -> None:
    response = client.get(address(name))
    assert response.status_code in (200, 410)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_of_a_sign_in_that_did_not_begin_leads_nowhere(name: str, client: Client, db: None) -> None:
    response = client.get(address(name))
    assert response.status_code == 404 or response["Location"] == "/accounts/login/"


@pytest.mark.parametrize("name", sorted(set(ALL) - TELLS_OF_LOCKS))
def test_no_address_fails_when_an_admin_opens_it(name: str, as_admin: Client) -> None:
    assert as_admin.get(address(name)).status_code < 500


def test_the_health_page_touches_neither_session_nor_database(client: Client) -> None:
    """Without the ``db`` fixture a query fails the test."""
    response = client.get("/healthz")
    assert response.content == b"ok"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
