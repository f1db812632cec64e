"""The bell on an open page, and how the pages of notifications look to axe."""

from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.notifications.deliveries import PAGE
from studio.catalog import hooks
from studio.notify.kinds import Kind
from studio.notify.models import Delivery, Format, Hook, Notification
from studio.notify.telling import notify
from studio.team.models import Member
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload, scroll_to_end

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::ResourceWarning")]


def ready(number: int, member: Member) -> None:
    notify(Kind.CLIP_READY, [member], about=f"job {number}", title=f"Clip {number} is ready", path="/jobs/")


def test_an_open_page_says_in_passing_what_came(open_page: OpenPage, member: Member) -> None:
    ready(1, member)
    page = open_page("/jobs/")
    bell = page.locator("#bell")
    expect(bell).to_have_accessible_name("Notifications, 1 unread")
    with no_reload(page):
        ready(2, member)
        bell.dispatch_event("bell-look")
        toast = page.locator("#toasts").get_by_text("Clip 2 is ready")
        expect(toast).to_be_visible()
        expect(bell).to_have_accessible_name("Notifications, 2 unread")
    bell.click()
    page.get_by_role("button", name="Clip 2 is ready").first.click()
    page.wait_for_url("**/jobs/")
    expect(bell).to_have_accessible_name("Notifications, 1 unread")
    assert Notification.objects.get(about="job 2").read_at


@pytest.mark.slow
def test_what_is_on_its_way_is_looked_at_again_and_nothing_else_moves(
    open_page: OpenPage, member: Member
) -> None:
    """Neither the focus nor the older rows that somebody fetched are lost."""
    hooks.add(member, "Clips", "https://hooks.example.com/x", Format.JSON, [Kind.CLIP_READY])
    for number in range(PAGE + 2):
        ready(number, member)
    newest, failed = Delivery.objects.order_by("-pk")[:2]
    Delivery.objects.exclude(pk=newest.pk).update(state="failed", last_error="It answered 404.")
    page = open_page("/notifications/deliveries/")
    scroll_to_end(page)
    oldest = page.get_by_role("row", name="Clip 0 is ready")
    expect(oldest).to_be_visible()
    again = page.locator(f"#delivery-{failed.pk}").get_by_role("button", name="Send again")
    again.focus()
    ready(PAGE + 2, member)
    Delivery.objects.filter(pk=newest.pk).update(state="sent")
    expect(page.locator(f"#delivery-{newest.pk}")).to_contain_text("Sent")
    expect(page.get_by_role("row", name=f"Clip {PAGE + 2} is ready")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(PAGE + 3)
    expect(oldest).to_be_visible()
    expect(again).to_be_focused()
    Delivery.objects.exclude(state="failed").update(state="sent")
    expect(page.locator("[hx-trigger='every 2s']")).to_have_count(0)


@pytest.mark.slow
@in_every_look
def test_the_pages_of_notifications_are_accessible(
    open_page: OpenPage, member: Member, width: int, scheme: str, settings: Any
) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    Member.objects.filter(pk=member.pk).update(role="admin")
    for person in (member, None):
        hooks.add(person, "Clips", "https://hooks.example.com/x", Format.JSON, [Kind.CLIP_READY])
    ready(1, member)
    Delivery.objects.update(state="failed", last_error="It answered 404.")
    page = open_page("/notifications/", width=width, scheme=scheme)
    must_be_accessible(page)
    page.goto("/notifications/settings/")
    page.get_by_label("Use quiet hours every day").check()
    page.get_by_text("How to verify the signature").click()
    must_be_accessible(page)
    for path in ("team/", "team/add/", "deliveries/"):
        page.goto(f"/notifications/{path}")
        must_be_accessible(page)
    page.goto(f"/notifications/hooks/{Hook.objects.of_team().get().pk}/")
    must_be_accessible(page)
    page.get_by_role("button", name="Create new secret").click()
    must_be_accessible(page)
