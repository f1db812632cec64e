"""The board in a real browser: kept open all day, it goes on by itself."""

import pytest
from playwright.sync_api import expect

from studio.jobs.dispatch.priority import move_first
from studio.jobs.dispatch.sending import LEASE
from studio.jobs.lifecycle import machine
from studio.team.models import Member
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload
from tests.factories import a_job, a_manager, a_member, altered, fresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.mark.slow
@in_every_look
def test_the_queue_changes_before_one_s_eyes(
    open_page: OpenPage, member: Member, width: int, scheme: str
) -> None:
    altered(a_job("processing", owner=a_member("ann@example.com", name="Ann")), expected_seconds=300)
    first, second = a_job(owner=member), a_job(owner=member, prompt="a harbour at night")
    Member.objects.filter(pk=member.pk).update(role=Member.Role.MANAGER)
    page = open_page("/team/", width=width, scheme=scheme)
    queue = page.locator(".queue > li")
    must_be_accessible(page)
    with no_reload(page):
        page.get_by_role("button", name="Move first").last.click()
        expect(queue.first).to_contain_text("a harbour at night")
        move_first(first, a_manager())
        expect(queue.first).to_have_id(f"queue-{first.pk}")
        machine.claim(fresh(second).submission, LEASE)
        expect(queue).to_have_count(1)
        expect(page.locator(f"#making-{second.pk}")).to_be_visible()
