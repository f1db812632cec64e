import re
from typing import Any

import pytest
from django.test import Client

from studio.team.models import Member
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: Any):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_a_member_signs_in_by_e_mail_in_any_case_and_comes_to_the_page_that_was_asked(client, member):
    asked = client.get("/profile/")
    assert asked.url == "/accounts/login/?next=/profile/"
    response = client.post(
        asked.url, {"login": "Member@Example.com", "password": PASSWORD, "next": "/profile/"}
    )
    assert response.url == "/profile/"
    assert is_signed_in(client)


def test_signing_in_never_leads_to_another_site(client, member):
    response = client.post(
        LOGIN, {"login": member.email, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert response.url == "/"


def test_a_wrong_password_and_an_unknown_e_mail_read_the_same(client, member):
    for email in (member.email, "nobody@example.com"):
        page = sign_in(client, email, "not the password").content.decode()
        assert "Email or password is incorrect." in page
    assert not is_signed_in(client)


def test_guessing_is_stopped_in_a_clear_sentence_even_for_the_right_password(client, member):
    for _ in range(5):
        sign_in(client, member.email, "a guess")
    page = sign_in(client, member.email).content.decode()
    assert "Too many failed attempts. Try again in five minutes." in page
    assert not is_signed_in(client)


def test_the_throttle_is_shared_by_all_web_processes(client, member, settings):
    """Each process has its own memory, so what counts attempts must not live there."""
    assert "locmem" not in settings.CACHES["default"]["BACKEND"]
    assert "cache" not in settings.SESSION_ENGINE


def test_signing_out_needs_a_post_and_ends_the_session(as_member):
    assert as_member.get("/accounts/logout/").status_code == 200
    assert is_signed_in(as_member)
    assert as_member.post("/accounts/logout/").url == LOGIN
    assert not is_signed_in(as_member)


def test_nobody_can_sign_up_by_themselves(client, db):
    assert "By invitation only" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD})
    assert not Member.objects.exists()


def test_a_member_changes_the_password_and_stays_signed_in(client, member):
    sign_in(client, member.email)
    new = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"}
    assert client.post("/accounts/password/change/", new).url == "/profile/"
    assert is_signed_in(client)
    assert sign_in(Client(), member.email, "another long one").status_code == 302


def test_a_wrong_current_password_changes_nothing(client, member):
    sign_in(client, member.email)
    new = {"oldpassword": "wrong", "password1": "another long one", "password2": "another long one"}
    assert (
        "This is not your current password."
        in client.post("/accounts/password/change/", new).content.decode()
    )
    member.refresh_from_db()
    assert member.check_password(PASSWORD)


def test_who_came_by_link_sets_a_first_password(client, db):
    admin = Member.objects.create_first_admin("admin@localhost", None)
    client.force_login(admin)
    assert client.get("/accounts/password/change/").url == "/accounts/password/set/"
    new = {"password1": "another long one", "password2": "another long one"}
    assert client.post("/accounts/password/set/", new).url == "/profile/"
    assert sign_in(Client(), "admin@localhost", "another long one").status_code == 302


def test_without_mail_a_forgotten_password_is_a_matter_for_an_admin(client, member):
    for answer in (client.get("/accounts/password/reset/"), client.post("/accounts/password/reset/")):
        assert "Ask an admin for a sign-in link" in answer.content.decode()


@pytest.fixture
def mail(settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


def test_with_mail_a_forgotten_password_is_replaced_by_a_link(client, member, mail, mailoutbox):
    client.post("/accounts/password/reset/", {"email": member.email})
    (message,) = mailoutbox
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    form = client.get(link, follow=True)
    new = {"password1": "another long one", "password2": "another long one"}
    assert client.post(form.redirect_chain[-1][0], new).status_code == 302
    assert sign_in(Client(), member.email, "another long one").status_code == 302


def test_no_mail_goes_to_strangers(client, member, mail, mailoutbox):
    client.post("/accounts/password/reset/", {"email": "stranger@example.com"})
    assert mailoutbox == []
