"""Why a clip waits: on its page and in its row, in the order of what really holds it back."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.shared.words import clock_time
from studio.catalog.models import Connection
from studio.contract.errors import NotSent
from studio.credits.balance import note_balance
from studio.jobs.lifecycle import machine
from studio.jobs.models import Attempt, Job, Submission
from studio.team.models import Member
from studio.worker.models import Heartbeat
from tests.factories import a_job, altered
from tests.must import must

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=20)


def said_of(client: Client, job: Job) -> str:
    """On its own page."""
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    found = re.search(r'<p id="clip-waits"[^>]*>(.*?)</p>', page)
    assert found
    assert found.group(1) in client.get(f"/jobs/{job.pk}/waits/").content.decode()
    return found.group(1)


def row_of(client: Client, job: Job) -> str:
    page = client.get("/jobs/").content.decode()
    row = page.partition(f'id="job-{job.pk}"')[2].partition("</li>")[0]
    return re.sub(
        "<[^>]+>", "", row.partition('class="why waits"')[2].partition("</span>")[0].partition(">")[2]
    )


def change(job: Job, **fields: object) -> None:
    Connection.objects.filter(pk=job.connection_id).update(**fields)


def over_http(job: Job) -> None:
    """The sandbox knows no limits."""
    change(job, kind="http", base_url="https://studio.example", sealed_key="x")


def test_a_clip_that_is_about_to_be_sent_waits_for_nothing(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    assert said_of(as_member, job) == "It will be sent shortly. Nothing is charged while it waits."
    assert row_of(as_member, job) == ""


def test_a_twin_of_a_request_in_doubt_names_it(member: Member, as_member: Client) -> None:
    first, job = a_job("unknown", owner=member), a_job(owner=member)
    assert f"Waiting until clip {first.pk}, an identical request, has been checked" in said_of(as_member, job)
    assert row_of(as_member, job) == f"Waiting for the check of clip {first.pk}"
    other = a_job(owner=member, prompt="something else")
    assert said_of(as_member, other).startswith("It will be sent shortly.")


def test_a_pause_after_a_try_that_failed_says_until_when(member: Member, as_member: Client) -> None:
    job, until = a_job(owner=member), timezone.now() + SOON
    Submission.objects.filter(pk=job.submission_id).update(send_after=until)
    altered(job, error="The studio could not be reached.")
    assert said_of(as_member, job).startswith(f"Next try at {clock_time(until)}.")


def test_an_unreachable_studio_is_told_before_all_else(member: Member, as_member: Client) -> None:
    a_job("unknown", owner=member)
    job, since = a_job(owner=member), timezone.now() - SOON
    change(job, state="unreachable", state_since=since, state_reason="It did not answer.")
    assert f"Unreachable since {clock_time(since)}: It did not answer." in said_of(as_member, job)
    assert row_of(as_member, job) == "Unreachable"


def test_a_restored_backup_holds_everything(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    change(job, held_since=timezone.now(), held_from=timezone.now() - SOON)
    assert "A backup was restored" in said_of(as_member, job)


def test_a_studio_that_asked_to_wait_and_a_spent_hour_say_until_when(
    member: Member, as_member: Client
) -> None:
    job, until = a_job(owner=member), timezone.now() + SOON
    over_http(job)
    change(job, send_after=until)
    assert f"no more requests until {clock_time(until)}" in said_of(as_member, job)
    sent = timezone.now() - timedelta(minutes=50)
    Attempt.objects.create(submission=job.submission, connection_id=job.connection_id, number=1, at=sent)
    change(job, send_after=None, posts_per_hour=1)
    free_at = clock_time(sent + timedelta(hours=1))
    assert f"The 1 request allowed per hour is used. The next one is possible at {free_at}." in said_of(
        as_member, job
    )


def test_what_the_balance_does_not_cover_waits_while_another_is_on_hold(
    member: Member, as_member: Client
) -> None:
    a_job("blocked", owner=member)
    job, cheap = a_job(owner=member, prompt="a"), altered(a_job(owner=member, prompt="b"), estimate=50)
    assert "94 credits are left, and it costs 100 credits." in said_of(as_member, job)
    assert "are left" not in said_of(as_member, cheap)
    over_http(job)
    change(job, send_after=timezone.now() + SOON)
    assert "no more requests until" in said_of(as_member, cheap)


def test_a_clip_behind_others_says_how_many(member: Member, as_member: Client) -> None:
    a_job("sending", owner=member, prompt="a")
    second, third = a_job(owner=member, prompt="b"), a_job(owner=member, prompt="c")
    assert said_of(as_member, second).startswith("1 clip is ahead of it.")
    assert (row_of(as_member, second), row_of(as_member, third)) == ("1 ahead", "2 ahead")


def test_what_is_held_back_for_itself_is_not_before_the_others(member: Member, as_member: Client) -> None:
    a_job("unknown", owner=member)
    a_job(owner=member)  # its twin
    job = a_job(owner=member, prompt="something else")
    assert said_of(as_member, job).startswith("It will be sent shortly.")


def test_a_silent_worker_is_the_reason(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    Heartbeat.objects.create(name="gone", at=timezone.now() - timedelta(hours=1))
    assert "the background worker is not running" in said_of(as_member, job)
    assert row_of(as_member, job) == "The background worker is not running"


def test_a_clip_that_was_sent_waits_no_more(member: Member, as_member: Client) -> None:
    job = a_job("processing", owner=member)
    assert "clip-waits" not in as_member.get(f"/jobs/{job.pk}/").content.decode()
    assert as_member.get(f"/jobs/{job.pk}/waits/").status_code == 204
    assert as_member.get("/jobs/999/waits/").status_code == 404
    assert as_member.post(f"/jobs/{job.pk}/waits/").status_code == 405


def test_a_twin_and_a_clip_on_hold_can_be_cancelled(member: Member, as_member: Client) -> None:
    a_job("attention", owner=member)
    for job in (a_job(owner=member), a_job("blocked", owner=member, prompt="b")):
        as_member.post(f"/jobs/{job.pk}/cancel/")
        assert Job.objects.get(pk=job.pk).state == "cancelled"


def test_however_many_wait_the_queries_are_the_same(
    member: Member, as_member: Client, django_assert_max_num_queries: Callable
) -> None:
    a_job("unknown", owner=member)
    a_job(owner=member)
    a_job(owner=member, prompt="take 0")
    note_balance(Connection.objects.get().pk, 1_000)
    with django_assert_max_num_queries(37) as few:
        as_member.get("/jobs/")
    for number in range(10):
        a_job(owner=member, prompt=f"take {number % 3}")
    with django_assert_max_num_queries(len(few)):
        as_member.get("/jobs/")


def test_a_row_that_comes_by_the_poller_tells_why_it_waits(member: Member, as_member: Client) -> None:
    page = as_member.get("/jobs/").content.decode()
    url = must(re.search(r'hx-get="(/jobs/live/[^"]+)"', page))[1].replace("&amp;", "&")
    first = a_job("unknown", owner=member)
    a_job(owner=member)
    assert f"Waiting for the check of clip {first.pk}" in as_member.get(url).content.decode()


# ── Stop watching ────────────────────────────────────────────────────────────────────────────────────────
def test_stopping_takes_two_steps_and_tells_the_truth(member: Member, as_member: Client) -> None:
    job = a_job("processing", owner=member)
    assert f"/jobs/{job.pk}/stop/" in as_member.get(f"/jobs/{job.pk}/").content.decode()
    page = as_member.get(f"/jobs/{job.pk}/stop/").content.decode()
    assert "The studio may still finish and charge it (about 100 credits)." in page
    assert "If it turns up as ready in the studio’s history, the clip appears here." in page
    assert Job.objects.get(pk=job.pk).state == "processing"
    page = as_member.post(f"/jobs/{job.pk}/stop/", follow=True).content.decode()
    assert "No longer tracked." in page
    assert "unknown: no longer tracked" in page


@pytest.mark.parametrize("state", ["queued", "completed", "stopped"])
def test_what_is_not_being_made_is_not_stopped(state: str, member: Member, as_member: Client) -> None:
    job = a_job(state, owner=member)
    for response in (
        as_member.get(f"/jobs/{job.pk}/stop/", follow=True),
        as_member.post(f"/jobs/{job.pk}/stop/", follow=True),
    ):
        assert "Nothing changed" in response.content.decode()
    assert Job.objects.get(pk=job.pk).state == state


def test_only_owner_and_admins_stop_watching(member: Member, admin: Member, as_member: Client) -> None:
    job = a_job("processing", owner=admin)
    assert as_member.get(f"/jobs/{job.pk}/stop/").status_code == 404
    assert as_member.post(f"/jobs/{job.pk}/stop/").status_code == 404
    assert as_member.post("/jobs/999/stop/").status_code == 404
    assert as_member.delete(f"/jobs/{job.pk}/stop/").status_code == 405


def test_stopped_and_abandoned_clips_have_their_chip(member: Member, as_member: Client) -> None:
    a_job("stopped", owner=member)
    a_job("abandoned", owner=member)
    page = as_member.get("/jobs/?state=stopped").content.decode()
    assert "No longer tracked <small>1</small>" in page
    assert "Dropped <small>1</small>" in page


# ── The time line ────────────────────────────────────────────────────────────────────────────────────────
def test_forty_tries_in_an_outage_are_told_in_one_line(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    for _ in range(40):
        machine.claim(job.submission, SOON)
        machine.put_back(job.submission, NotSent("The studio could not be reached."))
    machine.claim(job.submission, SOON)
    page = as_member.get(f"/jobs/{job.pk}/").content.decode()
    assert page.count("<strong>Sending</strong>") == 2, "the first, and the one that is under way"
    assert f"Tried 39 more times until {clock_time(timezone.now())}" in page


def test_a_few_tries_are_told_in_full(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    for _ in range(2):
        machine.claim(job.submission, SOON)
        machine.put_back(job.submission, NotSent("The studio could not be reached."))
    page = as_member.get(f"/jobs/{job.pk}/").content.decode()
    assert page.count("<strong>Sending</strong>") == 2
    assert "more times" not in page
