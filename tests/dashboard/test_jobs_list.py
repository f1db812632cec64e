"""The list of all jobs: what it says, how it is narrowed, how it is paged."""

from datetime import date
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from dashboard.jobs.live import PAGE
from studio.jobs.models import Job
from studio.jobs.queries import JobFilter
from studio.jobs.states import JobState
from studio.projects.models import Project
from studio.team.models import Member
from tests.dashboard.reading import facts_of, rows_of
from tests.factories import a_job, a_model, aged, altered, store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", JobState.values)
def test_every_state_is_shown_in_words_and_told_to_scripts(
    state: str, member: Member, as_member: Client
) -> None:
    job = a_job(state, owner=member)
    page = as_member.get("/jobs/").content.decode()
    (row,) = rows_of(page)
    assert (row["data-job-id"], row["data-state"], row["data-rev"]) == (str(job.pk), state, str(job.rev))
    assert JobState(state).label in page


def test_a_row_says_whose_it_is_and_what_it_costs(member: Member, admin: Member, as_member: Client) -> None:
    altered(a_job(owner=admin), estimate=1_900)
    page = as_member.get("/jobs/").content.decode()
    assert facts_of(page)[1:] == ["1,900 credits", "Admin", "Veo 3.1 Fast", "16:9"]
    a_job(owner=member)
    page = as_member.get("/jobs/").content.decode()
    assert facts_of(page)[1:] == ["100 credits", "you", "Veo 3.1 Fast", "16:9"]


def test_ids_above_a_thousand_have_no_commas(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    job.pk, job.public_id = 1_234_567, uuid4()
    job.save(force_insert=True)
    page = as_member.get("/jobs/").content.decode()
    assert f'id="job-{job.pk}"' in page
    assert f'href="/jobs/{job.pk}/"' in page


def test_a_failure_says_why_and_that_it_was_refunded(member: Member, as_member: Client) -> None:
    a_job("failed", owner=member)
    page = as_member.get("/jobs/").content.decode()
    assert "Failed · refunded" in page
    assert "The studio could not make it." in page
    assert "0 credits" in page


def test_what_is_being_made_shows_how_long_it_still_takes(member: Member, as_member: Client) -> None:
    altered(aged(a_job("processing", owner=member), 20), expected_seconds=60)
    page = as_member.get("/jobs/").content.decode()
    assert "about 40 s left" in page
    assert '<progress max="60"' in page
    assert "usually 1 min" in page


def test_what_takes_longer_than_expected_says_so(member: Member, as_member: Client) -> None:
    altered(aged(a_job("processing", owner=member), 90), expected_seconds=60)
    assert "taking longer than usual" in as_member.get("/jobs/").content.decode()


def test_a_clip_is_copying_until_it_is_stored(member: Member, as_member: Client) -> None:
    job = a_job("completed", owner=member)
    assert "Ready · saving" in as_member.get("/jobs/").content.decode()
    store(job)
    page = as_member.get("/jobs/").content.decode()
    assert "Ready · saving" not in page
    assert 'src="/media/clips/aa/aa-thumb.jpg"' in page
    assert 'width="1280" height="720"' in page
    assert "0:08" in page


def test_a_lost_copy_is_said_loudly(member: Member, as_member: Client) -> None:
    a_job("lost", owner=member)
    page = as_member.get("/jobs/").content.decode()
    assert "Copy lost" in page
    assert "The studio has no such file any more." in page
    assert " data-lost" in page


def test_a_prompt_is_shown_as_text(member: Member, as_member: Client) -> None:
    a_job(owner=member, prompt="<script>alert(1)</script>")
    page = as_member.get("/jobs/").content.decode()
    assert "<script>alert" not in page
    assert escape("<script>alert(1)</script>") in page


def test_an_empty_list_says_what_to_do_next(as_member: Client) -> None:
    page = as_member.get("/jobs/").content.decode()
    assert "No clips yet" in page
    assert "Create a clip" in page


def test_a_filter_that_nothing_fits_offers_all_jobs(member: Member, as_member: Client) -> None:
    a_job(owner=member)
    page = as_member.get("/jobs/?state=failed").content.decode()
    assert "No matching clips" in page
    assert rows_of(page) == []


# ── Filters ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def one_of_each(member: Member) -> dict[str, Job]:
    in_order = sorted(
        JobState.values, key="sending".__eq__
    )  # a connection sends one at a time: it comes last
    return {state: a_job(state, owner=member) for state in in_order}


def test_the_list_can_be_narrowed_to_each_state(one_of_each: dict[str, Job], as_member: Client) -> None:
    for state in one_of_each:
        page = as_member.get("/jobs/", {"state": state}).content.decode()
        assert [row["data-state"] for row in rows_of(page)] == [state]


def test_running_is_all_that_is_on_its_way(one_of_each: dict[str, Job], as_member: Client) -> None:
    page = as_member.get("/jobs/?state=running").content.decode()
    shown = {row["data-state"] for row in rows_of(page)}
    assert shown == {"queued", "sending", "unknown", "pending", "processing"}


def test_person_and_model_narrow_too(member: Member, admin: Member, as_member: Client) -> None:
    mine = a_job(owner=member)
    a_job(owner=admin)
    other = altered(a_job(owner=admin), model_slug="kling_3_0", model_name="Kling 3.0")
    a_model(model_slug="kling_3_0", name="Kling 3.0")
    page = as_member.get("/jobs/", {"person": member.pk}).content.decode()
    assert [row["data-job-id"] for row in rows_of(page)] == [str(mine.pk)]
    page = as_member.get("/jobs/", {"model": "kling_3_0"}).content.decode()
    assert [row["data-job-id"] for row in rows_of(page)] == [str(other.pk)]
    page = as_member.get(f"/jobs/?model=kling_3_0&person={member.pk}").content.decode()
    assert rows_of(page) == []


def test_project_days_and_whom_it_is_booked_on_narrow_too(
    member: Member, admin: Member, as_member: Client
) -> None:
    spring = Project.objects.create(name="Spring campaign")
    day = date(2026, 4, 15)
    mine = altered(a_job(owner=member), project_id=spring.pk, asked_on=day, owner_id=admin.pk)
    a_job(owner=admin)
    queries: tuple[dict[str, Any], ...] = (
        {"project": spring.pk},
        {"from": "2026-04-15", "until": "2026-04-15"},
        {"until": "2026-04-16"},
        {"spender": member.pk},
        {"state": "open", "spender": member.pk, "connection": mine.connection_id, "family": "Veo 3.1"},
    )
    for query in queries:
        page = as_member.get("/jobs/", query).content.decode()
        assert [row["data-job-id"] for row in rows_of(page)] == [str(mine.pk)], query
    assert "Charged to Member, made with Veo 3.1, at Sandbox studio" in page
    assert rows_of(as_member.get("/jobs/?from=2026-04-16&until=2026-04-30").content.decode()) == []


def test_a_chip_keeps_the_days_and_a_poll_knows_them(member: Member, as_member: Client) -> None:
    job = altered(a_job("processing", owner=member), asked_on=date(2026, 4, 15))
    page = as_member.get("/jobs/?from=2026-04-01&until=2026-04-30").content.decode()
    assert Chips(page).found["running"] == "/jobs/?state=running&from=2026-04-01&until=2026-04-30"
    assert "Requested 1–30 Apr 2026" in page
    poll = "/jobs/live/?since=0&newest=0&until=2026-04-{}"
    assert len(rows_of(as_member.get(poll.format(15)).content.decode())) == 1
    assert as_member.get(poll.format(14)).status_code == 204
    assert JobFilter(until=job.asked_on).concerns(job)


class Chips(HTMLParser):
    """data-state → address of the links that narrow to a state."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and "data-state" in given:
            self.found[str(given["data-state"])] = str(given["href"])


def test_the_links_of_the_states_keep_the_other_filters(member: Member, as_member: Client) -> None:
    a_job("failed", owner=member)
    page = as_member.get("/jobs/", {"person": member.pk}).content.decode()
    assert Chips(page).found["failed"] == f"/jobs/?state=failed&person={member.pk}"


def test_counts_stop_at_a_thousand(
    member: Member, as_member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.jobs.queries.MOST_COUNTED", 2)
    for _ in range(4):
        a_job(owner=member)
    assert "2+ clips" in as_member.get("/jobs/").content.decode()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("state=gone", "There is no state"),
        ("person=999", "This person is not on the team"),
        ("person=x", "This person is not on the team"),
        ("model=%00", "There is no model"),
        ("project=999", "This project does not exist"),
        ("spender=999", "This person is not on the team"),
        ("connection=999", "This connection does not exist"),
        ("from=2026-13-01", "“2026-13-01” is not a date"),
        ("until=yesterday", "“yesterday” is not a date"),
        ("before=yesterday", "This page does not exist"),
        ("before=99999999999999999999999", "This page does not exist"),
        ("before=-1", "This page does not exist"),
    ],
)
def test_a_filter_that_makes_no_sense_is_left_out_and_said(
    query: str, sentence: str, member: Member, as_member: Client
) -> None:
    a_job(owner=member)
    response = as_member.get(f"/jobs/?{query}")
    assert response.status_code == 200
    page = response.content.decode()
    assert sentence in page
    assert len(rows_of(page)) == 1


# ── Paging ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def two_pages(member: Member) -> list[int]:
    """Ids, newest first."""
    return [a_job(owner=member).pk for _ in range(PAGE + 3)][::-1]


def test_the_list_goes_on_below_its_last_row(two_pages: list[int], as_member: Client) -> None:
    page = as_member.get("/jobs/").content.decode()
    assert [int(row["data-job-id"]) for row in rows_of(page)] == two_pages[:PAGE]
    assert f'href="/jobs/?before={two_pages[PAGE - 1]}"' in page
    older = as_member.get("/jobs/", {"before": two_pages[PAGE - 1]}).content.decode()
    assert [int(row["data-job-id"]) for row in rows_of(older)] == two_pages[PAGE:]
    assert 'id="older"' not in older


def test_the_link_at_the_end_brings_rows_alone(two_pages: list[int], as_member: Client) -> None:
    response = as_member.get(
        "/jobs/",
        {"before": two_pages[PAGE - 1]},
        headers={"HX-Request": "true", "HX-Target": "li#older"},
    )
    fragment = response.content.decode()
    assert fragment.startswith("<li")
    assert len(rows_of(fragment)) == 3
    assert "HX-Target" in response["Vary"]


def test_the_filter_goes_along_to_the_next_page(two_pages: list[int], as_member: Client) -> None:
    page = as_member.get("/jobs/?state=queued").content.decode()
    assert f'href="/jobs/?state=queued&amp;before={two_pages[PAGE - 1]}"' in page


# ── Cost and access ──────────────────────────────────────────────────────────────────────────────────────
def queries_of_the_list(client: Client, count: Any) -> int:
    with count as captured:
        assert client.get("/jobs/").status_code == 200
    return len(captured)


def test_more_rows_cost_no_more_queries(
    member: Member, admin: Member, as_member: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_job("processing", owner=member)
    a_job("queued", owner=member)  # a row that waits tells why
    a_job("blocked", owner=member)
    few = queries_of_the_list(as_member, django_assert_max_num_queries(32))
    for state in ("queued", "pending", "processing", "stored", "lost", "failed", "blocked"):
        a_job(state, owner=admin)
        a_job(state, owner=member)
    many = queries_of_the_list(as_member, django_assert_max_num_queries(32))
    assert many == few


def test_the_list_is_read_only(as_member: Client) -> None:
    assert as_member.post("/jobs/").status_code == 405


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    assert client.get("/jobs/").headers["Location"].startswith("/accounts/login/")
