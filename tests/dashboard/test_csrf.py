"""A sign-in that is refused as possibly forged: the page names the cause and the setting."""

import pytest
from django.test import Client

from tests.conftest import PASSWORD
from tests.dashboard.reading import text_of
from tests.responses import Response

PROXIED = "https://dailies.example.com"
SET_IT = f"set PUBLIC_URL={PROXIED}"
OUT_OF_DATE = "It was open for too long, or cookies are turned off."

pytestmark = pytest.mark.django_db


def signed_in_through(**headers: str) -> Response:
    """A whole sign-in as a browser does it, with the cookies and the token of the page."""
    client = Client(enforce_csrf_checks=True)
    page = client.get("/accounts/login/", headers=headers)
    token = page.context["csrf_token"]
    form = {"login": "member@example.com", "password": PASSWORD, "csrfmiddlewaretoken": str(token)}
    return client.post("/accounts/login/", form, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "dailies.example.com", "Origin": PROXIED},
        {"Host": "dailies.example.com", "Origin": PROXIED, "X-Forwarded-Proto": "https"},
        {"Host": "127.0.0.1:8000", "Origin": PROXIED, "Sec-Fetch-Site": "same-origin"},
        {"Host": "127.0.0.1:8000", "Origin": PROXIED, "X-Forwarded-Host": "dailies.example.com"},
    ],
    ids=["TLS ends at the proxy", "with X-Forwarded-Proto", "another Host", "another Host, an old browser"],
)
def test_a_proxy_with_a_certificate_and_no_public_url_names_the_setting(settings, member, headers) -> None:
    settings.ALLOWED_HOSTS = ["dailies.example.com", "127.0.0.1"]
    answer = signed_in_through(**headers)
    page = text_of(answer)
    assert answer.status_code == 403
    assert f"You opened {PROXIED} , but Dailies expects {settings.PUBLIC_URL}" in page
    assert SET_IT in page
    assert OUT_OF_DATE not in page


def test_the_same_sign_in_works_once_it_is_set(settings, member) -> None:
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["dailies.example.com"], [PROXIED]
    answer = signed_in_through(Host="dailies.example.com", Origin=PROXIED)
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_the_address_of_another_site_is_never_recommended(member, site: str) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": site, "X-Forwarded-Host": "evil.example"}
    page = text_of(signed_in_through(**headers))
    assert "This form was sent from another site. Nothing was changed." in page
    assert "evil.example" not in page


def test_an_unknown_origin_without_any_sign_of_a_proxy_is_another_site(member) -> None:
    page = text_of(signed_in_through(Origin="https://evil.example"))
    assert "evil.example" not in page
    assert "another site" in page


def test_a_secure_installation_that_is_opened_in_the_clear_names_its_address(settings, member) -> None:
    settings.PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS = PROXIED, [PROXIED]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client(enforce_csrf_checks=True)  # keeps no secure cookie, as a browser
    answer = client.post("/accounts/login/", {"login": "x"}, headers={"Origin": "http://testserver"})
    assert f"Signing in works at {PROXIED} only" in text_of(answer)


@pytest.mark.parametrize("origin", ["", "null", "http://testserver", "http://[", "chrome-extension://x"])
def test_a_page_that_was_open_for_too_long_still_says_so(origin: str) -> None:
    headers = {"Origin": origin} if origin else {}
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"}, headers=headers)
    assert answer.status_code == 403
    assert OUT_OF_DATE in text_of(answer)


def test_an_unknown_name_in_the_address_bar_is_told_both_settings(client: Client) -> None:
    page = text_of(client.get("/accounts/login/", headers={"Host": "dailies.example.com"}))
    assert "PUBLIC_URL" in page
    assert "ALLOWED_HOSTS" in page
