"""Live lists in a real browser: rows change in place, and what a person is doing goes on."""

import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from playwright.sync_api import Locator, Page, Response, expect

from dashboard.jobs import words as job_words
from dashboard.jobs.live import PAGE
from studio import film
from studio.jobs.lifecycle import machine
from studio.jobs.models import Job, Revision
from studio.team.models import Member
from studio.worker.models import SILENT_AFTER, Heartbeat
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload, scroll_to_end
from tests.factories import FILES, a_job, altered, fresh, lose_copy, store, told
from tests.must import must

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> film.Rendered:
    """A real film, so that there is something to play."""
    folder = tmp_path_factory.mktemp("film")
    return film.render(film.RenderSpec(prompt="a lighthouse", duration_seconds=6), folder, deadline=60)


@pytest.fixture
def files(drawn: film.Rendered, settings, tmp_path: Path) -> dict[str, object]:
    """The film in the storage, by the names that ``store`` is given."""
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("clips/aa/aa.mp4", ContentFile(drawn.clip.read_bytes()))
    for name in ("aa.jpg", "aa-thumb.jpg"):
        default_storage.save(f"clips/aa/{name}", ContentFile(drawn.poster.read_bytes()))
    return FILES


def row(page: Page, job: Job) -> Locator:
    return page.locator(f"#job-{job.pk}")


def report(job: Job, state: str, **said: object) -> None:
    assert machine.report(fresh(job), told(fresh(job), state, **said))


def expect_state(page: Page, job: Job, state: str) -> None:
    expect(row(page, job)).to_have_attribute("data-state", state)


def test_a_row_is_made_before_one_s_eyes(
    open_page: OpenPage, member: Member, files: dict[str, object]
) -> None:
    other, job = a_job("pending", owner=member), a_job("pending", owner=member)
    page = open_page("/jobs/", reduced_motion="no-preference")
    with no_reload(page):
        row(page, job).get_by_role("link").focus()
        report(job, "processing")
        expect_state(page, job, "processing")
        report(job, "completed")
        expect_state(page, job, "completed")
        expect(row(page, job)).to_contain_text("Ready · saving")
        expect(page.locator("#jobs-status")).to_contain_text("Ready · saving: a lighthouse at dawn")
        store(fresh(job), **files)
        expect(row(page, job).locator("img")).to_be_visible()
        expect(row(page, job).get_by_role("link")).to_be_focused()
        expect_state(page, other, "pending")


def test_new_jobs_come_on_top_once(open_page: OpenPage, member: Member) -> None:
    page = open_page("/jobs/")
    expect(page.get_by_text("No clips yet")).to_be_visible()
    with no_reload(page):
        first = a_job("pending", owner=member)
        ask(page)
        expect_state(page, first, "pending")
        expect(page.get_by_text("No clips yet")).to_be_hidden()
        second = a_job("pending", owner=member)
        expect_state(page, second, "pending")
        report(first, "processing")
        expect_state(page, first, "processing")
    shown = page.locator("#jobs > li").evaluate_all("rows => rows.map(row => row.id)")
    assert shown == [f"job-{second.pk}", f"job-{first.pk}"]


def ask(page: Page) -> None:
    """As the create page does after sending."""
    page.evaluate("document.body.dispatchEvent(new CustomEvent('jobs-changed'))")


@pytest.mark.slow
def test_a_row_that_begins_to_fit_a_filter_comes_once(open_page: OpenPage, member: Member) -> None:
    job = a_job("processing", owner=member)
    page = open_page("/jobs/?state=completed")
    expect(row(page, job)).to_have_count(0)
    report(job, "completed")
    expect_state(page, job, "completed")
    lose_copy(fresh(job))
    expect(row(page, job)).to_contain_text("Copy lost")
    expect(row(page, job)).to_have_count(1)


@pytest.mark.slow
def test_two_lists_are_each_kept_up_to_date(open_page: OpenPage, member: Member) -> None:
    waiting, making = a_job("pending", owner=member), a_job("processing", owner=member)
    everything, narrowed = open_page("/jobs/"), open_page("/jobs/?state=processing")
    expect(row(narrowed, waiting)).to_have_count(0)
    report(waiting, "processing")
    report(making, "failed")
    for page in (everything, narrowed):
        expect_state(page, waiting, "processing")
        expect_state(page, making, "failed")


@pytest.mark.slow
def test_the_clip_s_page_becomes_its_player_and_the_film_plays_on(
    open_page: OpenPage, member: Member, files: dict[str, object]
) -> None:
    job = a_job("completed", owner=member)
    page = open_page(f"/jobs/{job.pk}/")
    with no_reload(page):
        expect(page.get_by_role("button", name="Play")).to_have_count(0)
        store(fresh(job), **files)
        page.get_by_role("button", name="Play").click()
        video = page.locator("video")
        expect(video).not_to_have_js_property("currentTime", 0)
        page.evaluate("window.playing = document.querySelector('video')")
        altered(fresh(job), error="Something to show.", rev=Revision.bump())
        ask(page)
        expect(page.get_by_text("Something to show.")).to_be_visible()
        assert page.evaluate("window.playing === document.querySelector('video')")
        assert page.evaluate("!window.playing.paused")
        expect(video).to_be_focused()


@pytest.mark.slow
def test_an_older_row_never_covers_a_newer_one(open_page: OpenPage, member: Member) -> None:
    """An answer that was held up on its way arrives after a later one."""
    job = a_job("pending", owner=member)
    page = open_page("/jobs/")
    stale = page.request.get(
        must(page.locator("#jobs-live").get_attribute("hx-get")).replace("since=", "since=0&was=")
    )
    assert 'data-state="pending"' in stale.text()
    report(job, "processing")
    expect_state(page, job, "processing")
    page.route("**/jobs/live/**", lambda route: route.fulfill(body=stale.text(), content_type="text/html"))
    swapped = "new Promise(done => document.addEventListener('htmx:finally:swap', done, {once: true})).then(() => 1)"
    page.evaluate(f"window.swapped = {swapped}")
    ask(page)
    assert page.evaluate("window.swapped") == 1
    expect_state(page, job, "processing")


# ── The tab, the network, the session ────────────────────────────────────────────────────────────────────
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_hidden_tab_asks_nothing_and_catches_up_when_it_is_shown(
    open_page: OpenPage, member: Member
) -> None:
    job = a_job("pending", owner=member)
    page = open_page("/jobs/")
    asked: list[str] = []
    page.evaluate(HIDE, True)
    page.on("request", lambda request: asked.append(request.url) if "/live/" in request.url else None)
    report(job, "processing")
    for _ in range(3):  # turns of its clock
        page.locator("#jobs-live").dispatch_event("every")
    ask(page)
    expect_state(page, job, "pending")
    assert asked == []
    page.evaluate(HIDE, False)
    expect(row(page, job)).to_have_attribute(
        "data-state", "processing", timeout=4_500
    )  # its clock turns every 5 s


# A proxy's page, an answer that is refused.
@pytest.mark.parametrize("status", [pytest.param(200, marks=pytest.mark.slow), 422])
def test_trouble_is_told_and_the_list_recovers_by_itself(
    status: int, open_page: OpenPage, member: Member
) -> None:
    job = a_job("pending", owner=member)
    page = open_page("/jobs/")
    page.route("**/jobs/live/**", lambda route: route.fulfill(status=status, body="<p>Sorry</p>"), times=1)
    expect(page.locator("#jobs-status")).to_have_text("Live updates paused: trying again.")
    expect(page.locator("#jobs-status")).to_be_visible()
    report(job, "processing")
    expect_state(page, job, "processing")
    expect(page.locator("#jobs-status")).to_have_text("")


def test_whoever_was_signed_out_is_told_and_keeps_the_page(open_page: OpenPage, member: Member) -> None:
    a_job("pending", owner=member)
    page = open_page("/jobs/")
    with no_reload(page):
        page.context.clear_cookies()
        expect(page.locator("#jobs-status")).to_contain_text("You are signed out")
        expect(page.locator("#jobs > li")).to_have_count(1)


# ── Quiet pages ──────────────────────────────────────────────────────────────────────────────────────────
def is_quiet(response: Response) -> bool:
    """Answered before Django: nothing but this header is ours."""
    return response.status == 204 and "content-security-policy" not in response.headers


@pytest.mark.slow
def test_an_idle_page_is_answered_before_django_and_still_gets_a_change(
    open_page: OpenPage, member: Member
) -> None:
    Heartbeat.beat("worker:1")
    job = a_job("pending", owner=member)
    page = open_page("/jobs/")
    with no_reload(page):
        for _ in range(2):
            with page.expect_response(is_quiet):
                ask(page)
        report(job, "processing")
        expect_state(page, job, "processing")
        with page.expect_response(is_quiet):
            pass


@pytest.mark.slow
def test_a_silent_worker_is_shown_in_an_open_page(open_page: OpenPage, member: Member) -> None:
    Heartbeat.beat("worker:1")
    a_job("pending", owner=member)
    page = open_page("/jobs/")
    silent = page.get_by_text("Nothing can be sent: the background worker has not responded for 40 s.")
    with no_reload(page), page.expect_response(is_quiet):
        pass
    with no_reload(page):
        expect(silent).to_have_count(0)
        Heartbeat.objects.update(at=timezone.now() - SILENT_AFTER)
        expect(silent).to_be_visible()
        must_be_accessible(page)
        Heartbeat.beat("worker:1")
        expect(silent).to_have_count(0)


# ── Times ────────────────────────────────────────────────────────────────────────────────────────────────
def test_times_go_on_without_asking(open_page: OpenPage, member: Member) -> None:
    job = altered(a_job("processing", owner=member), expected_seconds=60)
    page = open_page("/jobs/")
    page.route("**/jobs/live/**", lambda route: route.fulfill(status=204))
    first = row(page, job).locator("[data-since]").inner_text()
    expect(row(page, job).locator("[data-since]")).not_to_have_text(first)
    assert row(page, job).locator("progress").evaluate("bar => bar.value") > 0
    expect(row(page, job)).to_contain_text("left")


def test_times_are_worded_as_on_the_server(open_page: OpenPage, member: Member) -> None:
    """A tick may come late, by the time that it takes to open a page."""
    lengths = [2, 33, 52, 80, 200, 3_200, 4_000, 20_000]  # seconds
    page = open_page("/jobs/")
    page.evaluate(
        """lengths => {
          const now = Number(document.querySelector("[data-live]").dataset.now);
          const add = (id, name, moment) => Object.assign(document.body.appendChild(document.createElement("i")), {id})
            .setAttribute(name, moment);
          for (const seconds of lengths) {
            add(`due-${seconds}`, "data-due", now + seconds * 1000);
            add(`since-${seconds}`, "data-since", now - seconds * 1000);
          }
        }""",
        lengths,
    )
    for seconds in lengths:
        left = {job_words.time_left(seconds - late) for late in range(4)}
        spent = {job_words.spent(seconds + late) for late in range(4)}
        expect(page.locator(f"#due-{seconds}")).to_have_text(re.compile("|".join(left)))
        expect(page.locator(f"#since-{seconds}")).to_have_text(re.compile("|".join(spent)))


@pytest.mark.slow
def test_the_list_goes_on_while_one_scrolls(open_page: OpenPage, member: Member) -> None:
    jobs = [a_job("pending", owner=member) for _ in range(PAGE + 3)]
    page = open_page("/jobs/")
    rows = page.locator("#jobs > [data-job-id]")
    expect(rows).to_have_count(PAGE)
    with no_reload(page):
        scroll_to_end(page)
        expect(rows).to_have_count(PAGE + 3)
        expect(page.get_by_role("link", name="Older jobs")).to_have_count(0)
        report(jobs[0], "processing")
        expect_state(page, jobs[0], "processing")


@pytest.mark.slow
@in_every_look
def test_pages_can_be_used_by_everybody(
    width: int, scheme: str, open_page: OpenPage, member: Member, files: dict[str, object]
) -> None:
    for state in ("stored", "lost", "failed", "rejected", "blocked", "cancelled", "attention", "unknown"):
        last = a_job(state, owner=member)
    altered(a_job("processing", owner=member), expected_seconds=60)
    stored = Job.objects.get(archive="stored")
    for path in (
        "/jobs/",
        "/jobs/?state=failed&person=1",
        "/jobs/?before=1",
        f"/jobs/{stored.pk}/",
        f"/jobs/{last.pk}/",
    ):
        must_be_accessible(open_page(path, width=width, scheme=scheme))


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (390, 700)])
def test_a_tall_clip_is_screened_whole_and_escape_leads_back(
    open_page: OpenPage, member: Member, files: dict[str, object], width: int, height: int
) -> None:
    altered(a_job("stored", owner=member), width=720, height=1280)
    page = open_page("/jobs/", width=width, height=height)
    play = page.get_by_role("button", name="Play: a lighthouse")
    play.click()
    expect(page.locator("#screening video")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.locator("#screening")).to_be_hidden()
    expect(page.locator("video")).to_have_count(0)
    expect(play).to_be_focused()


def test_a_picture_moves_while_the_pointer_rests_on_it(
    open_page: OpenPage, member: Member, files: dict[str, object]
) -> None:
    job = altered(a_job("stored", owner=member), preview=files["thumb"])
    page = open_page("/jobs/", reduced_motion="no-preference")
    frame = row(page, job).locator(".frame")
    before = frame.bounding_box()
    frame.hover()
    expect(frame.locator(".preview")).to_be_visible()
    assert frame.bounding_box() == before
    page.get_by_role("heading", name="Clips").hover()
    expect(frame.locator(".preview")).to_have_count(0)


def test_nothing_moves_for_whoever_wants_less_motion(
    open_page: OpenPage, member: Member, files: dict[str, object]
) -> None:
    job = altered(a_job("stored", owner=member), preview="clips/aa/moving.webp")
    page = open_page("/jobs/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    row(page, job).locator(".frame").hover()
    page.get_by_role("heading", name="Clips").hover()
    assert [url for url in asked if "moving" in url] == []
