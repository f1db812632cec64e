"""Failures are limited by account and address, and a right password finds a way in."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from dashboard.accounts.sign_in_limits import COOKIE, _mark
from studio.team.models import Member
from tests.conftest import PASSWORD
from tests.factories import a_member
from tests.team.test_sign_in import LOGIN, is_signed_in, sign_in

pytestmark = pytest.mark.django_db
OFFICE: dict[str, Any] = {"REMOTE_ADDR": "192.0.2.7"}
ELSEWHERE: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.4"}
REFUSED = "Too many failed attempts."
RESET = "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    cache.clear()


@pytest.fixture
def colleague() -> Member:
    member = a_member("colleague@example.com")
    member.set_password(PASSWORD)
    member.save()
    return member


def guess(member: Member, times: int, where: dict[str, str]) -> str:
    """The page after the last wrong password."""
    pages = [sign_in(Client(), member.email, f"guess {n}", **where) for n in range(times)]
    return pages[-1].content.decode()


def comes_in(member: Member, where: dict[str, str], client: Client | None = None) -> bool:
    client = client or Client()
    sign_in(client, member.email, **where)
    return is_signed_in(client)


def test_signing_in_well_is_never_too_often(member: Member) -> None:
    assert all(comes_in(member, OFFICE) for _ in range(35))


def test_a_right_password_is_not_a_failure(member: Member) -> None:
    for _ in range(3):
        guess(member, 2, OFFICE)
        assert comes_in(member, OFFICE) or REFUSED in guess(member, 1, OFFICE)
    assert REFUSED in guess(member, 1, OFFICE), "six failures are too many, whatever came between"


def test_failures_at_one_account_leave_the_others_behind_the_same_address_alone(
    member: Member, colleague: Member
) -> None:
    assert REFUSED in guess(member, 70, OFFICE)
    assert comes_in(colleague, OFFICE)


def test_failures_at_an_account_from_elsewhere_do_not_shut_its_owner_out(member: Member) -> None:
    assert REFUSED in guess(member, 12, ELSEWHERE)
    assert comes_in(member, OFFICE)


def test_a_browser_that_signed_in_before_finds_its_way_in_whatever_others_do(
    member: Member, colleague: Member
) -> None:
    browser = Client()
    assert comes_in(member, OFFICE, browser)
    browser.post("/accounts/logout/")
    for n in range(51):
        sign_in(Client(), f"{n}@example.com", "spray", **OFFICE)
    guess(member, 6, OFFICE)
    assert not comes_in(member, OFFICE), "a new browser has to wait"
    assert not comes_in(colleague, OFFICE, browser), "it is known for one account"
    assert comes_in(member, OFFICE, browser)


def test_a_known_browser_may_not_guess_for_ever_either(member: Member) -> None:
    browser = Client()
    comes_in(member, OFFICE, browser)
    browser.post("/accounts/logout/")
    pages = [sign_in(browser, member.email, "a guess", **OFFICE).content.decode() for _ in range(11)]
    assert [REFUSED in page for page in pages] == [*[False] * 10, True]


def test_guessing_at_one_account_from_many_addresses_is_stopped(member: Member) -> None:
    pages = [
        sign_in(Client(), member.email, "a guess", REMOTE_ADDR=f"203.0.113.{n // 5}").content.decode()
        for n in range(101)
    ]
    assert REFUSED not in pages[99]
    assert REFUSED in pages[100]


def test_guessing_at_many_accounts_from_one_address_is_stopped(member: Member) -> None:
    pages = [sign_in(Client(), f"{n}@example.com", "spray", **OFFICE).content.decode() for n in range(51)]
    assert REFUSED not in pages[49]
    assert REFUSED in pages[50]
    assert not comes_in(member, OFFICE)
    assert comes_in(member, ELSEWHERE)


def test_a_forged_mark_of_a_browser_opens_no_other_way(member: Member, colleague: Member) -> None:
    guess(member, 5, OFFICE)
    forger = Client()
    comes_in(colleague, OFFICE, forger)
    forger.post("/accounts/logout/")
    browser = forger.cookies[COOKIE].value.split()[0]
    forger.cookies[COOKIE] = (
        f"{browser} {_mark(member.email)}:{forger.cookies[COOKIE].value.partition(':')[2]}"
    )
    assert REFUSED in sign_in(forger, member.email, **OFFICE).content.decode()


def test_the_mark_of_a_browser_tells_no_address_and_is_out_of_reach_of_scripts(member: Member) -> None:
    browser = Client()
    comes_in(member, OFFICE, browser)
    mark = browser.cookies[COOKIE]
    assert (mark["httponly"], mark["samesite"]) == (True, "Lax")
    assert "member" not in mark.value


def test_links_for_a_new_password_to_one_account_use_up_no_colleague_s(
    member: Member, colleague: Member, settings, mailoutbox
) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    answers = [Client().post(RESET, {"email": member.email}, **OFFICE) for _ in range(70)]
    assert answers[-1].status_code == 429
    assert Client().post(RESET, {"email": colleague.email}, **OFFICE).status_code == 302
    assert mailoutbox[-1].to == [colleague.email]


def test_opening_links_that_nobody_guesses_has_no_limit(member: Member) -> None:
    """An address that many share would run out of it, and nothing would be safer."""
    for path in (
        "/accounts/password/reset/key/1-x/",
        "/accounts/security/passkeys/login/",
        "/welcome/x/",
        "/invite/x/",
    ):
        answers = {Client().post(path, {}, **OFFICE).status_code for _ in range(35)}
        assert 429 not in answers


def test_the_password_asked_for_again_is_limited_for_the_one_who_is_asked(member: Member) -> None:
    browser = Client()
    comes_in(member, OFFICE, browser)
    for _ in range(12):
        page = browser.post("/accounts/reauthenticate/", {"password": "a guess"}, **OFFICE)
    assert page.status_code == 429 or REFUSED in page.content.decode()
    assert comes_in(member, OFFICE)


def test_sign_in_says_what_else_works(member: Member) -> None:
    page = guess(member, 6, OFFICE)
    assert "a sign-in link from an admin." in page
    assert LOGIN in page
