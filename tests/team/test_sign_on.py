"""Single sign-on by OpenID Connect, against an issuer of the test's own on a real socket."""

from collections.abc import Iterator

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from studio import single_sign_on
from studio.audit.models import Entry
from studio.env import WrongEnvironment
from studio.team.models import Member
from tests.team.codes import code_of, with_app
from tests.team.issuer import CLIENT_ID, SECRET, Issuer
from tests.team.test_sign_in import is_signed_in

START = "/accounts/sign-on/"


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(running: Issuer, settings) -> Issuer:
    app = single_sign_on.providers(running.url, CLIENT_ID, SECRET, "Team login")
    app["openid_connect"]["APPS"][0]["provider_id"] = settings.OIDC_PROVIDER  # that of the addresses
    settings.SOCIALACCOUNT_PROVIDERS, settings.OIDC_NAME = app, "Team login"
    running.claims = {"sub": "7", "email": "Member@example.com", "email_verified": True, "name": "Somebody"}
    running.error, running.refuses_tokens = "", False
    running.asked.clear()
    return running


def come_back(client: Client, **headers: str):
    """To the issuer and back again, as a browser goes."""
    leaving = client.get(START, headers=headers)
    back = httpx.get(leaving["Location"]).headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def test_a_member_comes_in_by_the_address_that_the_issuer_vouches_for(
    client: Client, member: Member, issuer: Issuer
) -> None:
    assert "Sign in with Team login" in client.get("/accounts/login/").content.decode()
    assert come_back(client).url == "/"
    assert is_signed_in(client)
    told = dict(Entry.objects.values_list("action", "detail"))
    assert told["sign_on.connected"] == {"uid": "7"}
    assert told["member.signed_in"] == {"method": "single sign-on"}
    assert member.check_password("quiet screening room"), "the password stays"


def test_who_came_once_is_known_by_the_issuer_s_own_number(
    client: Client, member: Member, issuer: Issuer
) -> None:
    come_back(client)
    issuer.claims |= {"email": "renamed@example.com"}
    other = Client()
    come_back(other)
    assert member.email in other.get("/profile/").content.decode()
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("verified", [False, "false", None, "", "yes"])
def test_an_address_that_nobody_vouches_for_lets_nobody_in(
    client: Client, member: Member, issuer: Issuer, verified: object
) -> None:
    issuer.claims["email_verified"] = verified
    answer = come_back(client)
    assert answer.status_code == 403
    assert "Team login has not verified your email address" in answer.content.decode()
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()


def test_strangers_stay_out_and_are_told_why(client: Client, db: None, issuer: Issuer) -> None:
    answer = come_back(client)
    assert answer.status_code == 403
    assert "There is no account for member@example.com." in answer.content.decode()
    assert not Member.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "member", "manager"])
def test_where_the_settings_say_so_strangers_join(
    client: Client, db: None, issuer: Issuer, settings, role: str
) -> None:
    settings.OIDC_AUTO_JOIN = role
    assert come_back(client).url == "/"
    joined = Member.objects.get()
    assert (joined.email, joined.name, joined.role) == ("member@example.com", "Somebody", role)
    assert not joined.has_usable_password()
    assert come_back(Client()).url == "/"
    assert Member.objects.count() == 1


def test_a_deactivated_member_stays_out(
    client: Client, member: Member, admin: Member, issuer: Issuer, settings
) -> None:
    settings.OIDC_AUTO_JOIN = "member"
    member.deactivate(by=admin)
    assert come_back(client).url == "/accounts/inactive/"
    member.reactivate()
    come_back(client)
    member.deactivate(by=admin)
    again = Client()
    assert come_back(again).url == "/accounts/inactive/"
    assert not is_signed_in(again)


def test_it_does_not_pass_a_second_factor(client: Client, member: Member, issuer: Issuer) -> None:
    secret = with_app(member)
    assert come_back(client).url == "/accounts/security/code/"
    assert not is_signed_in(client)
    client.post("/accounts/security/code/", {"code": code_of(secret)})
    assert is_signed_in(client)


def test_who_changes_the_mind_is_let_back_to_sign_in(client: Client, member: Member, issuer: Issuer) -> None:
    issuer.error = "access_denied"
    answer = come_back(client)
    page = client.get(answer.url) if answer.status_code == 302 else answer
    assert "Sign-in was cancelled at the provider." in page.content.decode()


def test_an_issuer_that_takes_its_word_back_lets_nobody_in(
    client: Client, member: Member, issuer: Issuer
) -> None:
    issuer.refuses_tokens = True
    assert "You are not signed in" in come_back(client).content.decode()
    assert not is_signed_in(client)


def test_an_answer_that_nobody_asked_for_lets_nobody_in(
    client: Client, member: Member, issuer: Issuer
) -> None:
    leaving = client.get(START)
    back = httpx.get(leaving["Location"]).headers["Location"].removeprefix("http://testserver")
    victim = Client()
    assert "You are not signed in" in victim.get(back).content.decode()
    assert not is_signed_in(victim)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_cannot_start_somebody_s_sign_in(
    client: Client, db: None, issuer: Issuer, site: str
) -> None:
    assert client.get(START, headers={"Sec-Fetch-Site": site})["Location"] == "/accounts/login/"
    assert issuer.asked == []


def test_an_issuer_that_does_not_answer_is_told_in_a_sentence(
    client: Client, db: None, issuer: Issuer, settings
) -> None:
    with Issuer() as gone:
        address = gone.url
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = address
    answer = client.get(START)
    assert answer.status_code == 503
    assert "Team login cannot be reached." in answer.content.decode()


def test_without_the_settings_it_is_not_offered(client: Client, db: None) -> None:
    assert START not in client.get("/accounts/login/").content.decode()
    assert client.get(START).status_code == 404


def test_settings_that_are_half_there_are_named() -> None:
    with pytest.raises(WrongEnvironment, match="Missing: OIDC_CLIENT_SECRET"):
        single_sign_on.providers("https://id.example.com", "dailies", "", "Team login")
    assert single_sign_on.providers("", "", "", "Team login") == {}


def test_another_issuer_s_numbers_are_other_people() -> None:
    old, new = (single_sign_on.provider_id(f"https://{name}.example.com") for name in ("old", "new"))
    assert old != new
