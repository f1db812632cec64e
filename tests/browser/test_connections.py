"""Connections in a real browser: adding one and making a clip through it, without a mouse."""

import pytest
from playwright.sync_api import Locator, Page, expect

from studio.catalog.connections import default_connection, engine_for
from studio.catalog.models import Connection
from studio.jobs.dispatch import sending
from studio.jobs.models import Job
from studio.jobs.sync import watching
from studio.team.models import Member
from studio.worker.loops import look_after
from studio.worker.models import Heartbeat
from studio.worker.steps.archive import archive_next
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload
from tests.upstream.fixtures import (
    hang_up,
    video_studio,  # noqa: F401
)
from tests.upstream.server import FakeStudio


@pytest.fixture
def as_admin_of(member: Member, settings, video_studio: FakeStudio) -> FakeStudio:  # noqa: F811
    """A studio that may be connected to, and the person in the browser is an admin."""
    settings.STUDIO_ALLOWED_HOSTS = [video_studio.host]
    Member.objects.filter(pk=member.pk).update(role="admin")
    Heartbeat.beat("here")
    return video_studio


def tab_to(target: Locator) -> None:
    """Press Tab until ``target`` has the focus, as a person without a mouse does."""
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        target.page.keyboard.press("Tab")
    raise AssertionError("It cannot be reached by keyboard.")


def type_into(field: Locator, text: str) -> None:
    tab_to(field)
    field.page.keyboard.type(text)


def press(button: Locator) -> None:
    tab_to(button)
    button.page.keyboard.press("Enter")


def add(page: Page, studio: FakeStudio) -> Connection:
    press(page.get_by_role("link", name="Add connection"))
    type_into(page.get_by_label("Name"), "Studio A")
    type_into(page.get_by_label("Address"), studio.url)
    type_into(page.get_by_label("API key"), studio.key)
    press(page.get_by_role("button", name="Save and test"))
    expect(page.get_by_text("Testing…")).to_be_visible()
    return Connection.objects.get(name="Studio A")


@pytest.mark.slow
def test_a_connection_is_added_and_makes_a_clip_by_keyboard_alone(
    open_page: OpenPage, transactional_db: None, as_admin_of: FakeStudio
) -> None:
    page = open_page("/connections/")
    connection = add(page, as_admin_of)
    with no_reload(page):
        look_after(connection)
        expect(page.get_by_text("It works: ")).to_be_visible()
    assert as_admin_of.key not in page.content()
    press(page.get_by_role("button", name="Make default Studio A"))
    expect(page.get_by_text("Studio A is now the default for new clips")).to_be_visible()
    page.goto("/")
    type_into(page.locator("#create textarea").first, "a lighthouse at dawn")
    press(page.get_by_role("button", name="Generate"))
    row = page.locator("#recent [data-job-id]").first
    expect(row).to_contain_text("Queued")
    connection = default_connection()
    assert sending.send_next(connection)
    while Job.objects.get().state != "completed":
        Job.objects.update(polled_at=None)
        watching.poll(connection)
    archive_next()
    expect(row).to_contain_text("Ready")
    assert as_admin_of.paid_posts == 1
    hang_up(engine_for(connection))


@pytest.mark.slow
@in_every_look
def test_connections_are_accessible_in_every_state(
    open_page: OpenPage, transactional_db: None, as_admin_of: FakeStudio, width: int, scheme: str
) -> None:
    default_connection()
    kept = {"kind": "http", "sealed_key": "sealed", "base_url": "https://api.example.com"}
    Connection.objects.create(name="Refused", state="paused", state_reason="Invalid API key", **kept)
    Connection.objects.create(name="Tested", test_passed=True, test_result="It works.", **kept)
    lost = Connection.objects.create(name="Lost", kind="http", base_url="https://api.example.com")
    page = open_page("/connections/", width=width, scheme=scheme)
    must_be_accessible(page)
    for path in ("/connections/add/", f"/connections/{lost.pk}/"):
        page.goto(path)
        must_be_accessible(page)
        page.get_by_label("Name").fill("Studio")
        page.get_by_label("Address").fill("http://api.example.com")
        page.get_by_label("API key").fill("two words")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".error").first).to_be_visible()
        must_be_accessible(page)
