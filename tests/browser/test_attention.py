"""A lost answer in a real browser: from the fault to each choice that a person has, by keyboard alone."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from studio.catalog import refresh
from studio.catalog.connections import default_connection, engine_for
from studio.catalog.models import Connection, StudioModel
from studio.jobs.dispatch import sending
from studio.jobs.matching import lost_requests
from studio.jobs.models import Job
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import watching
from studio.team.models import Member
from tests.browser.conftest import OpenPage, must_be_accessible, no_reload
from tests.factories import a_job, a_request, fresh
from tests.upstream.fixtures import (
    hang_up,
    video_studio,  # noqa: F401
)
from tests.upstream.server import FakeStudio

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::ResourceWarning")]
MOST_TABS = 60


@pytest.fixture
def connection(
    transactional_db: None,
    settings,
    video_studio: FakeStudio,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Connection]:
    """The fake upstream, its models read; a person is asked at once."""
    monkeypatch.setattr(lost_requests, "ASK_AFTER", timedelta(0))
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = video_studio.url, video_studio.key
    found = default_connection()
    refresh.refresh(found)
    found.refresh_from_db()
    yield found
    hang_up(engine_for(found))


def lose(connection: Connection, studio: FakeStudio, owner: Member, fault: str) -> Job:
    model = StudioModel.objects.get(connection=connection, slug="veo31_fast")
    (job,) = submit(Intent(owner, model, a_request(), uuid4()))
    studio.fault(fault)
    assert sending.send_next(connection)
    assert fresh(job).state == "unknown"
    return job


def read(connection: Connection) -> None:
    watching.read_history(Connection.objects.get(pk=connection.pk))


def press(page: Page, wanted: Locator) -> None:
    """Walk to it with the Tab key, and press Enter."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{wanted} cannot be reached by keyboard.")


@pytest.mark.slow
def test_a_lost_answer_shows_up_where_a_person_recognises_it(
    open_page: OpenPage,
    connection: Connection,
    video_studio: FakeStudio,  # noqa: F811
    member: Member,
) -> None:
    page = open_page("/attention/")
    expect(page.get_by_text("Nothing needs attention")).to_be_visible()
    job = lose(connection, video_studio, member, "accept-then-reset")
    video_studio.account.made_elsewhere(prompt="a lighthouse at dawn", duration_seconds=8)
    with no_reload(page):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('jobs-changed'))")
        expect(page.get_by_role("heading", name="Checking")).to_be_visible()
        must_be_accessible(page)
        read(connection)
        expect(page.get_by_role("heading", name="Request", exact=True)).to_be_visible()
        expect(page.locator("#attention-badge")).to_have_text("1 waiting for you")
    must_be_accessible(page)
    mine = video_studio.account.jobs[0].job_id
    expect(page.get_by_role("button", name="This is it")).to_have_count(2)
    press(page, page.get_by_role("button", name=mine))
    expect(page.get_by_text(f"Clip {job.pk} was found.")).to_be_visible()
    assert fresh(job).upstream_id == mine
    assert video_studio.paid_posts == 1


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_sending_again_asks_twice_and_pays_once_more(
    open_page: OpenPage,
    connection: Connection,
    video_studio: FakeStudio,  # noqa: F811
    member: Member,
    width: int,
    scheme: str,
) -> None:
    job = lose(connection, video_studio, member, "reset-before-read")
    read(connection)
    page = open_page("/attention/", width=width, scheme=scheme)
    must_be_accessible(page)
    press(page, page.get_by_role("link", name="Not made: send again"))
    expect(page.get_by_text("If the studio accepted the first request, you pay twice.")).to_be_visible()
    must_be_accessible(page)
    assert fresh(job).state == "attention"
    press(page, page.get_by_role("button", name="Send again for 100 credits"))
    expect(page.get_by_text("is back in the queue")).to_be_visible()
    assert sending.send_next(Connection.objects.get(pk=connection.pk))
    assert (fresh(job).state, video_studio.paid_posts) == ("pending", 1)


def test_dropping_works_from_the_clip_s_own_page_without_script(
    open_page: OpenPage,
    connection: Connection,
    video_studio: FakeStudio,  # noqa: F811
    member: Member,
) -> None:
    job = lose(connection, video_studio, member, "reset-before-read")
    read(connection)
    page = open_page(f"/jobs/{job.pk}/", java_script_enabled=False)
    page.get_by_role("link", name="Drop").click()
    page.get_by_role("button", name="Drop").click()
    expect(page.get_by_text("It will not be sent again.")).to_be_visible()
    assert page.url.endswith(f"/jobs/{job.pk}/")
    assert (fresh(job).state, video_studio.paid_posts) == ("abandoned", 0)


def test_the_badge_follows_a_list_of_clips(open_page: OpenPage, member: Member) -> None:
    page = open_page("/jobs/")
    badge = page.locator("#attention-badge")
    expect(badge).to_be_empty()
    with no_reload(page):
        a_job("attention", owner=member)
        page.evaluate("document.body.dispatchEvent(new CustomEvent('jobs-changed'))")
        expect(badge).to_have_text("1 waiting for you")


@pytest.mark.slow
def test_a_clip_that_is_being_made_need_not_be_watched(open_page: OpenPage, member: Member) -> None:
    job = a_job("processing", owner=member)
    page = open_page(f"/jobs/{job.pk}/")
    press(page, page.get_by_role("link", name="Stop tracking"))
    expect(page.get_by_text("The studio may still finish and charge it")).to_be_visible()
    must_be_accessible(page)
    press(page, page.get_by_role("button", name="Stop tracking"))
    expect(page.locator(".card .state")).to_have_text("No longer tracked")
    must_be_accessible(page)
    assert fresh(job).state == "stopped"
