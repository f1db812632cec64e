from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from studio.team.errors import LinkRefused
from studio.team.models import Invitation, Member, SignInLink
from tests.conftest import PASSWORD


def make_old(link) -> None:
    type(link).objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def welcome(client: Client, link: SignInLink, **headers: str):
    return client.get(f"/welcome/{link.token}/", headers=headers)


@pytest.fixture
def link(admin: Member) -> SignInLink:
    return SignInLink.objects.issue(member=admin)


def test_a_sign_in_link_lets_in_once_and_only_once(client, link):
    assert welcome(client, link).url == "/"
    assert client.get("/profile/").status_code == 200
    again = welcome(Client(), link)
    assert again.status_code == 410
    assert "manage.py signin-link" in again.content.decode()


def test_an_old_link_and_an_invented_one_let_nobody_in(client, link):
    make_old(link)
    assert welcome(client, link).status_code == 410
    assert client.get("/welcome/invented/").status_code == 410
    assert client.get("/profile/").status_code == 302


def test_a_preloading_browser_and_a_link_checker_do_not_use_the_link_up(client, link):
    assert welcome(client, link, **{"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    assert welcome(client, link, Purpose="prefetch").status_code == 503
    assert client.head(f"/welcome/{link.token}/").status_code == 405
    assert welcome(client, link).status_code == 302


def test_the_link_of_a_deactivated_member_lets_nobody_in(client, member):
    link = SignInLink.objects.issue(member=member)
    Member.objects.update(is_active=False)
    assert welcome(client, link).status_code == 410


def test_a_token_is_nowhere_in_the_database(link):
    assert link.token not in str(SignInLink.objects.values().get())


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_one_link_at_once_one_gets_in():
    member = Member.objects.create_user("member@example.com")
    link = SignInLink.objects.issue(member=member)

    def attempt(_: int) -> bool:
        try:
            return SignInLink.consume(link.token) == member
        except LinkRefused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(attempt, range(8))) == 1


def test_who_comes_without_a_password_is_told_to_set_one(client, db):
    admin = Member.objects.create_first_admin("admin@localhost", None)
    welcome(client, SignInLink.objects.issue(member=admin))
    assert "Set a password on your profile" in client.get("/profile/").content.decode()


def test_the_command_prints_a_link_that_works(client, admin, member, capsys):
    call_command("signin-link")
    assert client.get(capsys.readouterr().out.strip()).status_code == 302
    assert client.get("/people/").status_code == 200  # the first admin
    call_command("signin-link", email="MEMBER@example.com")
    assert client.get(capsys.readouterr().out.strip()).status_code == 302
    assert client.get("/people/").status_code == 404


def test_the_command_names_an_e_mail_that_nobody_has(admin):
    with pytest.raises(CommandError, match=r"No active member has the email nobody@example\.com\."):
        call_command("signin-link", email="nobody@example.com")


@pytest.fixture
def invitation(admin: Member) -> Invitation:
    return Invitation.objects.issue(invited_by=admin, email="new@example.com", role="member")


JOIN = {"name": "New", "email": "New@example.com", "password": PASSWORD}


def join(client: Client, invitation: Invitation, **changes: str):
    return client.post(f"/invite/{invitation.token}/", JOIN | changes)


def test_an_invited_person_joins_and_is_signed_in(client, invitation):
    page = client.get(f"/invite/{invitation.token}/").content.decode()
    assert "Admin invited you" in page
    assert 'value="new@example.com"' in page
    assert join(client, invitation).url == "/"
    assert client.get("/profile/").status_code == 200
    joined = Member.objects.get(email="new@example.com")
    assert (joined.name, joined.role, joined.check_password(PASSWORD)) == ("New", "member", True)


def test_an_invitation_gives_the_role_it_was_made_for_and_no_other(client, admin):
    invitation = Invitation.objects.issue(invited_by=admin, role="admin")
    join(client, invitation, role="member")
    assert Member.objects.get(email="new@example.com").is_admin


def test_an_invitation_works_once_and_for_seven_days(client, invitation, admin):
    join(client, invitation)
    assert join(Client(), invitation, email="second@example.com").status_code == 410
    old = Invitation.objects.issue(invited_by=admin)
    assert old.expires_at - old.created_at > timedelta(days=6, hours=23)
    make_old(old)
    assert (
        "Ask the person who sent it for a new one" in Client().get(f"/invite/{old.token}/").content.decode()
    )
    assert not Member.objects.filter(email="second@example.com").exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This field is required."),
        ("email", "ADMIN@example.com", "A member with this email already exists."),
        ("email", "nonsense", "Enter a valid email address."),
        ("password", "short", "This password is too short."),
        ("password", "new@example.com", "too similar to the email"),
    ],
)
def test_a_refused_form_says_why_and_leaves_the_invitation_open(client, invitation, field, value, sentence):
    response = join(client, invitation, **{field: value})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert join(client, invitation).status_code == 302


def test_a_signed_in_member_does_not_use_an_invitation_up(as_member, invitation):
    assert "You are a member already" in as_member.get(f"/invite/{invitation.token}/").content.decode()
    join(as_member, invitation)
    assert join(Client(), invitation).status_code == 302
