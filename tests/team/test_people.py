import html
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from studio.audit.models import Entry
from studio.team.errors import NotAllowed
from studio.team.models import Invitation, Member, SessionsEnded, SignInLink
from tests.conftest import PASSWORD
from tests.must import must


def link_on(response) -> str:
    return must(re.search(r'value="http://testserver(/\S+/)"', response.content.decode()))[1]


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def test_an_admin_makes_an_invitation_and_sees_its_link_once(as_admin):
    made = as_admin.post("/people/invitations/", {"email": "new@example.com", "role": "member"})
    link = link_on(made)
    assert "no-store" in made["Cache-Control"]
    assert Client().get(link).status_code == 200
    people = text_of(as_admin.get("/people/"))
    assert "new@example.com" in people
    assert link not in people


def test_an_invitation_with_a_wrong_address_is_not_made(as_admin):
    response = as_admin.post("/people/invitations/", {"email": "nonsense", "role": "member"})
    assert response.status_code == 422
    assert "Enter a valid email address." in text_of(response)
    assert not Invitation.objects.exists()


def test_a_withdrawn_invitation_lets_nobody_in(as_admin, admin):
    invitation = Invitation.objects.issue(invited_by=admin)
    as_admin.post(f"/people/invitations/{invitation.pk}/withdraw/")
    assert Client().get(f"/invite/{invitation.token}/").status_code == 410


def test_a_deactivated_member_is_out_at_once_and_until_reactivated(as_admin, as_member, member):
    credentials = {"login": member.email, "password": PASSWORD}
    as_admin.post(f"/people/{member.pk}/deactivate/")
    assert as_member.get("/profile/").status_code == 302
    refused = Client().post("/accounts/login/", credentials, follow=True)
    assert "This account is deactivated" in text_of(refused)
    as_admin.post(f"/people/{member.pk}/reactivate/")
    assert Client().post("/accounts/login/", credentials).url == "/"


def test_admins_cannot_deactivate_themselves(as_admin, admin):
    as_admin.post(f"/people/{admin.pk}/deactivate/")
    assert "You can’t deactivate yourself." in text_of(as_admin.get("/people/"))


def test_who_is_deactivated_takes_along_links_invitations_and_sessions(as_admin, member, admin):
    client = Client()
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    link = SignInLink.objects.issue(member=member)
    invitation = Invitation.objects.issue(invited_by=member)
    kept = Invitation.objects.issue(invited_by=admin)
    as_admin.post(f"/people/{member.pk}/deactivate/")
    as_admin.post(f"/people/{member.pk}/reactivate/")
    assert client.get("/profile/").status_code == 302, "a session from before does not come back"
    assert Client().get(link.get_absolute_url()).status_code == 410
    assert Client().get(invitation.get_absolute_url()).status_code == 410
    assert Client().get(kept.get_absolute_url()).status_code == 200


def test_of_two_admins_who_deactivate_each_other_one_stays(admin):
    other = Member.objects.create_superuser("other@example.com")
    admin.deactivate(by=other)
    with pytest.raises(NotAllowed):
        other.deactivate(by=admin)
    assert Member.objects.active_admins().get() == other


# ── Roles ────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_admin_gives_another_role_and_open_pages_obey_it_at_once(as_admin, as_member, member, admin):
    page = text_of(as_admin.get(f"/people/{member.pk}/"))
    assert "Can also manage budgets, approvals, projects and everyone’s clips." in page
    ended = SessionsEnded.objects.filter(pk=member.pk).count()
    assert as_admin.post(f"/people/{member.pk}/", {"role": "admin"}).url == "/people/"
    assert as_member.get("/people/").status_code == 200
    assert SessionsEnded.objects.get(pk=member.pk).count > ended, "polls are not answered before Django"
    assert "Member is now admin." in text_of(as_admin.get("/people/"))
    entry = Entry.objects.get(action="role.changed")
    assert (entry.by, entry.about, entry.detail) == (
        admin,
        f"member:{member.pk}",
        {"before": "member", "after": "admin"},
    )


def test_nobody_changes_their_own_role(as_admin, admin):
    assert "To change it, ask another admin" in text_of(as_admin.get(f"/people/{admin.pk}/"))
    as_admin.post(f"/people/{admin.pk}/", {"role": "viewer"})
    assert "You can’t change your own role. Ask another admin." in text_of(as_admin.get("/people/"))
    assert Member.objects.get(pk=admin.pk).is_admin
    assert not Entry.objects.filter(action="role.changed").exists()


def test_a_role_that_nobody_knows_is_refused(as_admin, member):
    response = as_admin.post(f"/people/{member.pk}/", {"role": "owner"})
    assert response.status_code == 422
    assert "owner is not one of the available choices" in text_of(response)


def test_of_two_admins_who_demote_each_other_one_stays(admin):
    other = Member.objects.create_superuser("other@example.com")
    admin.change_role("member", by=other)
    with pytest.raises(NotAllowed, match="Only an active admin can do that"):
        other.change_role("member", by=admin)
    assert Member.objects.active_admins().get() == other


@pytest.mark.django_db(transaction=True)
def test_admins_who_shut_each_other_out_at_once_leave_one():
    admins = [Member.objects.create_superuser(f"{number}@example.com") for number in range(4)]

    def shut_out(number: int) -> None:
        try:
            with suppress(NotAllowed):
                if number % 2:
                    admins[number - 1].deactivate(by=admins[number])
                else:
                    admins[number - 1].change_role("member", by=admins[number])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(shut_out, range(4)))
    assert Member.objects.active_admins().count() >= 1


# ── Coming back in ───────────────────────────────────────────────────────────────────────────────────────
def test_an_admin_helps_a_member_back_in_with_a_link(as_admin, member):
    made = as_admin.post(f"/people/{member.pk}/link/")
    client = Client()
    assert client.get(link_on(made)).status_code == 302
    assert member.email in text_of(client.get("/profile/"))


def test_no_link_is_made_for_a_deactivated_member(as_admin, member):
    member.reactivate()
    Member.objects.filter(pk=member.pk).update(is_active=False)
    assert as_admin.post(f"/people/{member.pk}/link/").status_code == 404


def test_behind_a_proxy_links_carry_the_public_address(as_admin, settings):
    settings.PUBLIC_URL, settings.HTTPS = "https://dailies.example.com", True
    made = as_admin.post("/people/invitations/", {"role": "member"})
    assert 'value="https://dailies.example.com/invite/' in text_of(made)


@pytest.mark.parametrize(
    "path",
    [
        "invitations/",
        "1/",
        "1/second-factor/",
        "1/deactivate/",
        "1/reactivate/",
        "1/link/",
        "invitations/1/withdraw/",
    ],
)
def test_for_members_the_pages_of_admins_do_not_exist(as_member, path):
    assert as_member.get("/people/").status_code == 404
    assert as_member.post(f"/people/{path}", {"role": "admin"}).status_code == 404
    assert not Invitation.objects.exists()


def test_a_member_changes_name_and_e_mail_and_signs_in_with_the_new_one(as_member, member):
    as_member.post("/profile/", {"name": "Renamed", "email": "Renamed@example.com"})
    assert "Renamed" in text_of(as_member.get("/profile/"))
    credentials = {"password": PASSWORD}
    assert (
        Client().post("/accounts/login/", credentials | {"login": "renamed@example.com"}).status_code == 302
    )
    assert Client().post("/accounts/login/", credentials | {"login": member.email}).status_code == 200


def test_a_taken_e_mail_is_refused_and_nothing_is_lost(as_member, admin):
    response = as_member.post("/profile/", {"name": "Renamed", "email": "Admin@example.com"})
    assert response.status_code == 422
    assert "A member with this email already exists." in text_of(response)
    assert 'value="Renamed"' in text_of(response)
    assert not Member.objects.filter(name="Renamed").exists()


@pytest.fixture
def superuser(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Root@example.com")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)


def test_createsuperuser_makes_an_admin_who_can_sign_in(client, db, superuser):
    call_command("createsuperuser", interactive=False, verbosity=0)
    client.post("/accounts/login/", {"login": "root@example.com", "password": PASSWORD})
    assert client.get("/people/").status_code == 200


def test_createsuperuser_twice_says_that_the_e_mail_is_taken(db, superuser):
    call_command("createsuperuser", interactive=False, verbosity=0)
    with pytest.raises(CommandError, match="already taken"):
        call_command("createsuperuser", interactive=False, verbosity=0)


def test_only_an_empty_installation_gets_a_first_admin(db):
    first = Member.objects.create_first_admin("admin@localhost", None)
    assert first.is_admin
    assert not first.has_usable_password()
    assert Member.objects.create_first_admin("second@example.com", PASSWORD) is None


def came_from(ip: str, *people: Member) -> None:
    UserSession.objects.all().delete()
    for person in people:
        UserSession.objects.create(user=person, ip=ip, session_key=person.email)


def test_admins_read_that_all_members_come_from_one_address(as_admin, admin, member):
    came_from("10.0.0.2", admin, member)
    page = as_admin.get("/people/", REMOTE_ADDR="10.0.0.2").content.decode()
    assert "All members who signed in during the last 7 days used the address 10.0.0.2" in page
    assert "TRUSTED_PROXY_COUNT" in page
    UserSession.objects.filter(user=member).update(ip="10.0.0.3")
    assert "TRUSTED_PROXY_COUNT" not in as_admin.get("/people/").content.decode()


def test_members_at_this_machine_need_no_proxy_unless_one_shows(as_admin, admin, member):
    came_from("127.0.0.1", admin, member)
    assert "TRUSTED_PROXY_COUNT" not in as_admin.get("/people/").content.decode()
    through_a_proxy = as_admin.get("/people/", headers={"X-Forwarded-For": "203.0.113.9"})
    assert "TRUSTED_PROXY_COUNT" in through_a_proxy.content.decode()
