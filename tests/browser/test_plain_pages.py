"""Pages before sign-in, and pages in trouble, in a real browser."""

import pytest
from playwright.sync_api import expect

from studio.team.models import Invitation, Member
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible


@in_every_look
def test_signing_in_is_accessible_also_when_it_fails(
    open_page: OpenPage, transactional_db: None, width: int, scheme: str
) -> None:
    page = open_page("/nowhere/", width=width, scheme=scheme)
    must_be_accessible(page)
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    must_be_accessible(page)
    page.get_by_label("Email").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    must_be_accessible(page)


@pytest.mark.slow
@in_every_look
def test_people_and_their_own_pages_are_accessible(
    open_page: OpenPage, member: Member, width: int, scheme: str
) -> None:
    Member.objects.filter(pk=member.pk).update(role="admin")
    page = open_page("/people/", width=width, scheme=scheme)
    must_be_accessible(page)
    page.get_by_role("button", name="Create invitation").click()
    must_be_accessible(page)  # the link to pass on
    for path in ("/profile/", "/accounts/password/change/", "/accounts/logout/"):
        page.goto(path)
        must_be_accessible(page)
    invitation = Invitation.objects.issue(invited_by=member, role="member")
    page.context.clear_cookies()
    page.goto(invitation.get_absolute_url())
    must_be_accessible(page)
