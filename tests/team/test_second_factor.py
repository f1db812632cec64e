"""A second factor: set up, asked for on every way in, required by policy, and lost."""

import html
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client

from studio.audit.models import Entry
from studio.env import new_encryption_key
from studio.team.models import Member, SignInLink
from tests.conftest import PASSWORD
from tests.must import must
from tests.team.codes import code_of, set_up_app, with_app, wrong_code
from tests.team.test_sign_in import is_signed_in, sign_in

CODE = "/accounts/security/code/"
SECURITY = "/profile/security/"
ADD = "/accounts/security/app/add/"


@pytest.fixture
def signed_in(client: Client, member: Member) -> Client:
    """By password, a moment ago."""
    sign_in(client, member.email)
    return client


def text_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


# ── Setting it up ────────────────────────────────────────────────────────────────────────────────────────
def test_an_app_is_set_up_with_a_code_and_asked_for_from_then_on(signed_in: Client, member: Member) -> None:
    assert "data:image/svg+xml;base64," in text_of(signed_in, ADD)
    secret = set_up_app(signed_in)
    other = Client()
    assert sign_in(other, member.email).url == CODE
    assert not is_signed_in(other)
    assert other.post(CODE, {"code": code_of(secret)})["Location"] == "/"
    assert is_signed_in(other)


def test_a_wrong_code_sets_nothing_up_and_keeps_the_key(signed_in: Client, member: Member) -> None:
    key = must(re.search(r'id="key">(\w+)', text_of(signed_in, ADD)))[1]
    page = signed_in.post(ADD, {"code": wrong_code(key)}).content.decode()
    assert "Incorrect code." in page
    assert f'id="key">{key}<' in page
    assert not Authenticator.objects.exists()


def test_recovery_codes_are_shown_once_and_each_lets_in_once(signed_in: Client, member: Member) -> None:
    set_up_app(signed_in)
    page = text_of(signed_in, "/accounts/security/recovery/")
    codes = re.findall(r"<code>(\d{8})</code>", page)
    assert len(codes) == 10
    assert 'download="dailies-recovery-codes.txt"' in page
    assert f"{codes[0]}%0A" in page
    again = text_of(signed_in, "/accounts/security/recovery/")
    assert codes[0] not in again
    assert "10 of 10 codes are left" in again
    for expected in ("/", None):
        other = Client()
        sign_in(other, member.email)
        assert getattr(other.post(CODE, {"code": codes[0]}), "url", None) == expected
    assert "9 left" in text_of(signed_in, SECURITY)


def test_new_recovery_codes_end_the_old_ones(signed_in: Client, member: Member) -> None:
    set_up_app(signed_in)
    old = re.findall(r"<code>(\d{8})</code>", text_of(signed_in, "/accounts/security/recovery/"))
    made = signed_in.post("/accounts/security/recovery/new/", follow=True).content.decode()
    new = re.findall(r"<code>(\d{8})</code>", made)
    assert len(new) == 10
    assert not set(old) & set(new)


def test_turning_it_off_takes_the_recovery_codes_along(signed_in: Client, member: Member) -> None:
    set_up_app(signed_in)
    assert signed_in.post("/accounts/security/app/remove/").status_code == 302
    assert not Authenticator.objects.exists()
    assert sign_in(Client(), member.email).url == "/"


def test_long_after_the_sign_in_the_password_is_asked_for_first(signed_in: Client, member: Member) -> None:
    with time_machine.travel("2100-01-01", tick=False):
        client = Client()
        sign_in(client, member.email)
    with time_machine.travel("2100-01-01 00:06", tick=False):
        asked = client.get(ADD)
        assert asked["Location"] == f"/accounts/reauthenticate/?next={ADD.replace('/', '%2F')}"
        assert client.post(asked["Location"], {"password": "wrong", "next": ADD}).status_code == 200
        assert client.post(asked["Location"], {"password": PASSWORD, "next": ADD})["Location"] == ADD
        assert client.get(ADD).status_code == 200


def test_a_copied_database_holds_nothing_to_make_codes_from(signed_in: Client) -> None:
    secret = set_up_app(signed_in)
    codes = re.findall(r"<code>(\d{8})</code>", text_of(signed_in, "/accounts/security/recovery/"))
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not any(code in kept for code in codes)


def test_codes_go_on_under_a_new_encryption_key(client: Client, member: Member, capsys) -> None:
    secret = with_app(member)
    before = Authenticator.objects.get().data["secret"]
    call_command("rotate-keys", forget_old=True)
    assert Authenticator.objects.get().data["secret"] != before
    sign_in(client, member.email)
    assert client.post(CODE, {"code": code_of(secret)})["Location"] == "/"


def test_with_another_encryption_key_a_sentence_says_so(client: Client, member: Member, settings) -> None:
    secret = with_app(member)
    settings.ENCRYPTION_KEYS = [new_encryption_key()]
    sign_in(client, member.email)
    page = html.unescape(client.post(CODE, {"code": code_of(secret)}).content.decode())
    assert "cannot be decrypted with this installation's encryption key." in page
    assert not is_signed_in(client)


# ── On every way in ──────────────────────────────────────────────────────────────────────────────────────
def test_guessing_codes_is_stopped_even_for_the_right_one(client: Client, member: Member) -> None:
    secret = with_app(member)
    wrong, right = wrong_code(secret), code_of(secret)
    sign_in(client, member.email)
    for _ in range(5):
        client.post(CODE, {"code": wrong})
    page = client.post(CODE, {"code": right}).content.decode()
    assert "Too many attempts to sign in. Try again in five minutes." in page
    another = Client()
    sign_in(another, member.email)
    assert "Too many attempts" in another.post(CODE, {"code": right}).content.decode()
    assert not is_signed_in(another)


def test_a_code_works_once(client: Client, member: Member) -> None:
    secret = with_app(member)
    with time_machine.travel("2100-01-01", tick=False):
        code = code_of(secret)
        answers = []
        for browser in (client, Client()):
            sign_in(browser, member.email)
            answers.append(browser.post(CODE, {"code": code}).status_code)
    assert answers == [302, 200]


def test_a_sign_in_link_alone_does_not_pass_a_second_factor(client: Client, member: Member) -> None:
    secret = with_app(member)
    link = SignInLink.objects.issue(member=member)
    assert client.get(link.get_absolute_url())["Location"] == CODE
    assert not is_signed_in(client)
    assert client.post(CODE, {"code": code_of(secret)})["Location"] == "/"
    assert is_signed_in(client)
    assert Entry.objects.latest("number").detail == {"method": "link, authenticator app"}


def test_a_link_opened_in_somebody_else_s_session_asks_for_the_code_of_its_own(
    as_admin: Client, member: Member
) -> None:
    secret = with_app(member)
    assert as_admin.get(SignInLink.objects.issue(member=member).get_absolute_url())["Location"] == CODE
    assert not is_signed_in(as_admin)
    as_admin.post(CODE, {"code": code_of(secret)})
    assert member.email in text_of(as_admin, "/profile/")


def test_a_new_password_by_mail_does_not_pass_it(client: Client, member: Member) -> None:
    with_app(member)
    member.set_password("another quiet room")
    member.save()
    assert sign_in(client, member.email, "another quiet room").url == CODE


def test_who_was_deactivated_between_password_and_code_stays_out(
    client: Client, member: Member, admin: Member
) -> None:
    secret = with_app(member)
    sign_in(client, member.email)
    member.deactivate(by=admin)
    client.post(CODE, {"code": code_of(secret)})
    assert not is_signed_in(client)


def test_without_a_sign_in_that_has_begun_there_is_no_code_to_ask_for(client: Client, db: None) -> None:
    assert client.get(CODE)["Location"] == "/accounts/login/"


# ── The policy ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("policy", "email", "is_led"),
    [
        ("", "admin@example.com", False),
        ("admins", "admin@example.com", True),
        ("admins", "member@example.com", False),
        ("everyone", "member@example.com", True),
    ],
)
def test_the_policy_leads_those_without_one_to_set_it_up(
    settings, admin: Member, member: Member, policy: str, email: str, is_led: bool
) -> None:
    settings.REQUIRE_SECOND_FACTOR = policy
    client = Client()
    sign_in(client, email)
    for path in ("/", "/jobs/", "/people/", "/history/", "/media/clips/x.mp4", "/profile/"):
        answer = client.get(path)
        assert (answer.status_code == 302 and answer["Location"] == SECURITY) is is_led


def test_who_is_led_there_can_set_it_up_and_then_go_on(settings, signed_in: Client) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    assert "A second factor is required." in text_of(signed_in, SECURITY)
    set_up_app(signed_in)
    assert signed_in.get("/accounts/security/recovery/").status_code == 200
    assert signed_in.get("/jobs/").status_code == 200
    assert "A second factor is required" not in text_of(signed_in, SECURITY)


def test_until_then_one_can_sign_out_and_nothing_can_be_changed(
    settings, as_member: Client, member: Member
) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    as_member.post("/profile/", {"name": "Renamed", "email": member.email})
    assert not Member.objects.filter(name="Renamed").exists()
    assert as_member.get("/healthz").status_code == 200
    assert as_member.post("/accounts/logout/")["Location"] == "/accounts/login/"


def test_an_open_page_that_asks_for_a_fragment_goes_there_as_a_whole(settings, as_member: Client) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    answer = as_member.get("/jobs/live/?since=0", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (403, SECURITY, b"")


def test_the_first_admin_s_link_leads_to_setting_it_up(settings, client: Client, db: None, capsys) -> None:
    """Nobody is there yet who could have one: the link of a new installation is not locked out by the policy."""
    settings.REQUIRE_SECOND_FACTOR = "admins"
    Member.objects.create_first_admin("admin@localhost", None)
    call_command("signin-link")
    assert client.get(capsys.readouterr().out.strip(), follow=True).redirect_chain[-1][0] == SECURITY
    set_up_app(client)
    assert client.get("/people/").status_code == 200


# ── Lost ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_admin_helps_somebody_who_lost_the_device(as_admin: Client, member: Member) -> None:
    with_app(member)
    assert "Turned on. If" in text_of(as_admin, f"/people/{member.pk}/")
    as_admin.post(f"/people/{member.pk}/second-factor/")
    assert sign_in(Client(), member.email).url == "/"
    assert Entry.objects.filter(action="second_factor.forgotten", about=f"member:{member.pk}").exists()


def test_admins_do_not_turn_off_their_own_past_the_code(as_admin: Client, admin: Member) -> None:
    with_app(admin)
    assert as_admin.post(f"/people/{admin.pk}/second-factor/").status_code == 404
    assert Authenticator.objects.exists()


def test_whoever_has_the_server_gets_back_in(client: Client, admin: Member, capsys) -> None:
    with_app(admin)
    call_command("signin-link", forget_second_factor=True)
    assert client.get(capsys.readouterr().out.strip())["Location"] == "/"
    assert is_signed_in(client)


def test_what_becomes_of_second_factors_is_recorded(
    signed_in: Client, member: Member, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(signed_in)
    signed_in.post("/accounts/security/app/remove/")
    told = Entry.objects.filter(action__startswith="second_factor.").values_list("action", "detail", "by")
    assert sorted((action, detail["kind"], by) for action, detail, by in told) == [
        ("second_factor.added", "authenticator app", member.pk),
        ("second_factor.added", "recovery codes", member.pk),
        ("second_factor.removed", "authenticator app", member.pk),
        ("second_factor.removed", "recovery codes", member.pk),
    ]
