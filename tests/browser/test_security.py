"""Second factors in a real browser: a passkey of a virtual device, and the pages in every look."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from studio.team.models import Member
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible
from tests.conftest import PASSWORD
from tests.factories import a_job, a_member
from tests.team.codes import with_app

SECURITY = "/profile/security/"


@pytest.fixture
def at_localhost(live_server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Passkeys belong to names. pytest-django's server listens there, too."""
    return live_server.url.replace("127.0.0.1", "localhost")


def give_device(page: Page) -> None:
    """A device that keeps passkeys and knows its owner."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Page, member: Member) -> None:
    page.get_by_label("Email").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.slow
def test_a_passkey_is_added_and_signs_in_by_itself(
    open_page: OpenPage, transactional_db: None, member: Member, at_localhost: str
) -> None:
    page = open_page("/nowhere/")
    page.context.clear_cookies()
    give_device(page)
    page.goto(f"{at_localhost}/accounts/login/?next={SECURITY}")
    sign_in(page, member)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    with page.expect_download() as codes:
        page.get_by_role("link", name="Download").click()
    assert codes.value.path().read_text().count("\n") == 11
    page.get_by_role("link", name="I’ve saved them").click()
    expect(page.get_by_role("link", name="Rename My laptop")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").wrap().is_passwordless
    # By itself, without e-mail and password.
    page.context.clear_cookies()
    page.goto(f"{at_localhost}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{at_localhost}/")
    # After the password, in place of a code.
    page.context.clear_cookies()
    page.goto(f"{at_localhost}/accounts/login/?next={SECURITY}")
    sign_in(page, member)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page.get_by_role("heading", name="Security")).to_be_visible()


@pytest.mark.slow
@in_every_look
def test_security_and_leaving_are_accessible(
    open_page: OpenPage, transactional_db: None, member: Member, width: int, scheme: str
) -> None:
    Member.objects.filter(pk=member.pk).update(role="admin")
    leaving = a_member("leaving@example.com", name="Leaving")
    a_job("processing", owner=leaving)
    page = open_page(SECURITY, width=width, scheme=scheme)
    must_be_accessible(page)
    page.goto("/accounts/security/app/add/")
    page.get_by_label("Password").fill(PASSWORD)
    must_be_accessible(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("img", name="The QR code of your key")).to_be_visible()
    must_be_accessible(page)
    for path in (f"/people/{leaving.pk}/", f"/people/{leaving.pk}/deactivate/"):
        page.goto(path)
        must_be_accessible(page)
    with_app(member)
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    sign_in(page, member)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    must_be_accessible(page)
