"""The poller's answers: nothing, the rows that changed, or the whole first page."""

import re
from html import unescape

import pytest
from django.test import Client

from dashboard.jobs import live
from dashboard.jobs.live import RECENT, live_list, recent_context
from studio.jobs.lifecycle import machine
from studio.jobs.models import Job, Revision
from studio.jobs.queries import JobFilter
from studio.team.models import Member
from tests.dashboard.reading import rows_of
from tests.factories import a_job, aged, store, told

pytestmark = pytest.mark.django_db


def poll_url(page: str) -> str:
    """Where the poller in a page or an answer asks next."""
    found = re.search(r'data-live=.*?hx-get="([^"]+)"', page)
    assert found
    return unescape(found.group(1))


def trigger(page: str) -> str:
    found = re.search(r'data-live=.*?hx-trigger="([^"]+)"', page)
    assert found
    return found.group(1)


def opened(client: Client, path: str = "/jobs/") -> str:
    return poll_url(client.get(path).content.decode())


def parts(answer: str) -> tuple[list[str], list[str]]:
    """Ids of the rows that are morphed into their places, and of those that are put on top."""
    changed, _, new = answer.partition("<hx-partial")
    return [row["data-job-id"] for row in rows_of(changed)], [row["data-job-id"] for row in rows_of(new)]


def test_nothing_changed_is_no_content(member: Member, as_member: Client) -> None:
    a_job("processing", owner=member)
    response = as_member.get(opened(as_member))
    assert (response.status_code, response.content) == (204, b"")


def test_only_the_row_that_changed_comes_and_goes_to_its_place(member: Member, as_member: Client) -> None:
    a_job(owner=member)
    job = a_job("pending", owner=member)
    url = opened(as_member)
    machine.report(job, told(job, "processing"))
    answer = as_member.get(url).content.decode()
    (row,) = rows_of(answer)
    assert (row["id"], row["data-state"], row["hx-swap-oob"]) == (f"job-{job.pk}", "processing", "outerMorph")
    assert as_member.get(poll_url(answer)).status_code == 204


def test_a_new_job_comes_on_top_of_the_right_list(member: Member, as_member: Client) -> None:
    a_job(owner=member)
    url = opened(as_member)
    first, second = a_job(owner=member), a_job(owner=member)
    answer = as_member.get(url).content.decode()
    assert '<hx-partial hx-target="#jobs" hx-swap="afterbegin">' in answer
    assert parts(answer) == ([], [str(second.pk), str(first.pk)])
    machine.claim(second.submission, machine.FIRST_WAIT)
    assert parts(as_member.get(poll_url(answer)).content.decode()) == ([str(second.pk)], [])


def test_the_first_job_of_all_reaches_an_empty_list(member: Member, as_member: Client) -> None:
    url = opened(as_member)
    job = a_job(owner=member)
    assert parts(as_member.get(url).content.decode()) == ([], [str(job.pk)])


def test_polling_is_quick_while_anything_is_unfinished_and_slow_when_all_is_at_rest(
    member: Member, as_member: Client
) -> None:
    page = as_member.get("/jobs/").content.decode()
    assert "every 15s" in trigger(page)
    job = a_job("processing", owner=member)
    page = as_member.get("/jobs/").content.decode()
    assert "every 2s" in trigger(page)
    machine.report(job, told(job, "completed"))
    answer = as_member.get(poll_url(page)).content.decode()
    assert "every 2s" in trigger(answer), "its copy is still to come"
    store(Job.objects.get(pk=job.pk))
    answer = as_member.get(poll_url(answer)).content.decode()
    assert "every 15s" in trigger(answer)


def test_what_is_running_is_counted(member: Member, as_member: Client) -> None:
    a_job("processing", owner=member)
    a_job(owner=member)
    assert "2 in progress" in as_member.get("/jobs/").content.decode()


def test_another_person_s_job_does_not_reach_a_narrowed_list(
    member: Member, admin: Member, as_member: Client
) -> None:
    a_job(owner=member)
    url = opened(as_member, f"/jobs/?person={member.pk}")
    a_job(owner=admin)
    assert as_member.get(url).status_code == 204
    mine = a_job(owner=member)
    assert parts(as_member.get(url).content.decode()) == ([], [str(mine.pk)])


def test_a_row_that_no_longer_fits_is_still_brought_up_to_date(member: Member, as_member: Client) -> None:
    job = a_job("pending", owner=member)
    url = opened(as_member, "/jobs/?state=pending")
    machine.report(job, told(job, "processing"))
    answer = as_member.get(url).content.decode()
    assert parts(answer) == ([str(job.pk)], [])
    assert rows_of(answer)[0]["data-state"] == "processing"


def test_a_row_that_begins_to_fit_comes_on_top(member: Member, as_member: Client) -> None:
    job = a_job("processing", owner=member)
    a_job(owner=member)
    url = opened(as_member, "/jobs/?state=completed")
    machine.report(job, told(job, "completed"))
    assert str(job.pk) in parts(as_member.get(url).content.decode())[1]


def test_an_older_page_gets_no_new_rows(member: Member, as_member: Client) -> None:
    old, newer = a_job("pending", owner=member), a_job(owner=member)
    url = opened(as_member, f"/jobs/?before={newer.pk}")
    a_job(owner=member)
    machine.report(old, told(old, "processing"))
    changed, new = parts(as_member.get(url).content.decode())
    assert str(old.pk) in changed
    assert new == []


def test_after_too_many_changes_the_first_page_comes_whole(
    member: Member, as_member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_CHANGES", 2)
    url = opened(as_member)
    jobs = [a_job(owner=member) for _ in range(3)]
    answer = as_member.get(url).content.decode()
    assert '<hx-partial hx-target="#jobs" hx-swap="innerMorph">' in answer
    assert parts(answer) == ([], [str(job.pk) for job in reversed(jobs)])


def test_a_cursor_from_before_a_restored_backup_gets_the_whole_page(
    member: Member, as_member: Client
) -> None:
    a_job(owner=member)
    answer = as_member.get(f"/jobs/live/?list=jobs&since={Revision.current() + 5}&newest=0").content.decode()
    assert 'hx-swap="innerMorph"' in answer


def test_recent_clips_are_the_newest_of_everybody(member: Member, admin: Member, as_member: Client) -> None:
    jobs = [a_job(owner=owner) for owner in (member, admin) for _ in range(RECENT)]
    recent = recent_context(member)["recent"]
    assert [row.id for row in recent.rows] == [job.pk for job in reversed(jobs)][:RECENT]
    new = a_job(owner=admin)
    answer = as_member.get(recent.poll_url).content.decode()
    assert '<hx-partial hx-target="#recent" hx-swap="afterbegin">' in answer
    assert parts(answer) == ([], [str(new.pk)])


@pytest.mark.parametrize("query", ["", "since=x", "since=1&list=nothing", "since=-1", "since=" + "9" * 30])
def test_a_poll_without_a_cursor_is_not_found(query: str, as_member: Client) -> None:
    assert as_member.get(f"/jobs/live/?{query}").status_code == 404


def test_a_poll_with_odd_filters_is_answered(member: Member, as_member: Client) -> None:
    a_job(owner=member)
    assert as_member.get("/jobs/live/?since=0&newest=x&state=odd&person=odd&model=%00").status_code == 204


def test_polling_is_read_only_and_for_members(client: Client, as_member: Client) -> None:
    assert as_member.post("/jobs/live/?since=0").status_code == 405
    assert client.get("/jobs/live/?since=0").status_code == 302


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────────────
SIGNING_IN = 2  # session and person


def test_a_poll_of_an_unchanged_list_costs_one_query(
    member: Member, as_member: Client, django_assert_num_queries
) -> None:
    a_job("processing", owner=member)
    url = opened(as_member)
    with django_assert_num_queries(SIGNING_IN + 1):
        as_member.get(url)


def test_a_poll_of_a_list_that_another_s_change_does_not_concern_costs_two(
    member: Member, admin: Member, as_member: Client, django_assert_num_queries
) -> None:
    url = opened(as_member, f"/jobs/?person={member.pk}")
    a_job(owner=admin)
    with django_assert_num_queries(SIGNING_IN + 2):
        assert as_member.get(url).status_code == 204


@pytest.mark.parametrize("changes", [1, 10])
def test_however_many_rows_changed_the_queries_are_the_same(
    changes: int, member: Member, as_member: Client, django_assert_num_queries
) -> None:
    url = opened(as_member)
    for _ in range(changes):
        a_job("processing", owner=member)
    with django_assert_num_queries(SIGNING_IN + 3):  # revision, rows, what runs
        assert len(rows_of(as_member.get(url).content.decode())) == changes


def test_the_rows_of_a_list_come_by_one_query(member: Member, django_assert_num_queries) -> None:
    for _ in range(3):
        aged(a_job("processing", owner=member), 5)
    with django_assert_num_queries(3):
        shown = live_list(member, "jobs", JobFilter())
        assert [row.owner for row in shown.rows] == ["Member"] * 3
