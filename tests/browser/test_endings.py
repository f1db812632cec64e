"""A clip whose end is unclear, in a real browser: what a person reads, and where its file is said to be."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from studio.contract.answers import JobReport
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.endings import WORD_FOR
from studio.jobs.models import HistoryRecord, Job
from studio.team.models import Member
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible
from tests.factories import a_job, altered, fresh
from tests.must import must

pytestmark = pytest.mark.django_db(transaction=True)
FILE = "https://cdn.studio.example/clips/2026/11/lighthouse-at-dawn.mp4?X-Signature=a0b1c2d3e4f5"


def expired(owner: Member) -> Job:
    """The studio says a word that is not known here, and its record names a file."""
    job = a_job("processing", owner=owner)
    for _ in range(2):
        machine.report(job, JobReport(must(job.upstream_id), None, "expired"))
        job = altered(job, word_since=timezone.now() - WORD_FOR - timedelta(minutes=1))
    raw = {"job_id": job.upstream_id, "status": "expired", "where_it_was": FILE}
    HistoryRecord.objects.create(
        connection=job.connection, job=job, upstream_id=must(job.upstream_id), raw=raw, made_at=timezone.now()
    )
    assert job.state == "attention"
    return job


@in_every_look
def test_a_person_says_where_the_file_is(
    open_page: OpenPage, member: Member, width: int, scheme: str
) -> None:
    job = expired(member)
    page = open_page("/attention/", width=width, scheme=scheme)
    expect(page.get_by_role("heading", name="Unclear outcome")).to_be_visible()
    must_be_accessible(page)
    page.locator("[data-unclear] a").click()
    expect(page.get_by_text("Needs attention · the studio says “expired”")).to_be_visible()
    expect(page.get_by_role("button", name="Mark as failed")).to_be_visible()
    must_be_accessible(page)
    page.get_by_role("button", name="Use this one").click()
    expect(page.get_by_text("Fetching the file from that URL.")).to_be_visible()
    assert (fresh(job).state, fresh(job).result_urls) == ("completed", [FILE])


@in_every_look
def test_a_lost_copy_takes_an_address_that_is_pasted(
    open_page: OpenPage, member: Member, width: int, scheme: str
) -> None:
    job = a_job("lost", owner=member)
    page = open_page(f"/jobs/{job.pk}/", width=width, scheme=scheme)
    page.get_by_text("Enter a different URL").click()
    must_be_accessible(page)
    page.get_by_label("URL of the file").fill(FILE)
    page.get_by_role("button", name="Fetch the file").click()
    expect(page.get_by_text("Fetching the file from that URL.")).to_be_visible()
    assert (fresh(job).archive, fresh(job).result_urls) == ("waiting", [FILE])
