"""What a job says of itself: what a person may still do with it, and which rows a query finds."""

import pytest
from django.db import IntegrityError, transaction

from studio.jobs.lifecycle import decisions
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job
from studio.jobs.states import ENDED, JobState
from tests.factories import a_job, altered

pytestmark = pytest.mark.django_db
STATES = (*JobState.values, "unclear", "stored", "lost")


@pytest.mark.parametrize("state", STATES)
def test_a_job_can_be_cancelled_only_where_cancelling_works(state: str) -> None:
    """Cancelling is free, leaving is not: no job offers both, and none that has ended offers either."""
    job = a_job(state)
    assert [job.state in ENDED, job.can_be_cancelled, job.can_be_left].count(True) <= 1
    if job.can_be_cancelled:
        decisions.cancel(job.submission, job.owner)
        assert Job.objects.get().state == JobState.CANCELLED
        return
    with pytest.raises(Moved):
        decisions.cancel(job.submission, job.owner)
    assert Job.objects.get().state == job.state


@pytest.mark.parametrize("state", STATES)
def test_a_job_can_be_left_only_where_leaving_works(state: str) -> None:
    job = a_job(state)
    if job.can_be_left:
        decisions.stop_watching(job, job.owner)
        assert Job.objects.get().state == JobState.STOPPED
        return
    with pytest.raises(Moved):
        decisions.stop_watching(job, job.owner)
    assert Job.objects.get().state == job.state


@pytest.mark.parametrize(
    ("state", "is_unclear", "is_in_doubt"),
    [
        ("attention", False, True),
        ("unclear", True, False),
        ("failed", False, False),
        ("unknown", False, False),
    ],
)
def test_an_unclear_end_is_not_a_request_in_doubt(state: str, is_unclear: bool, is_in_doubt: bool) -> None:
    """The one was paid for, and the other perhaps."""
    job = a_job(state)
    assert job.has_unclear_end is is_unclear
    assert Job.objects.unclear().exists() is is_unclear
    assert Job.objects.in_doubt().exists() is is_in_doubt


@pytest.mark.parametrize(
    ("state", "takes"),
    [
        *(("unclear", True), ("lost", True), ("attention", False), ("failed", False)),
        *(("pending", False), ("completed", False), ("stored", False)),
    ],
)
def test_a_person_may_name_the_file_of_a_clip_whose_copy_is_missing(state: str, takes: bool) -> None:
    assert a_job(state).takes_an_address is takes


def test_a_person_may_name_the_file_where_the_studio_named_none() -> None:
    job = altered(a_job("completed"), result_urls=[])
    assert job.takes_an_address
    assert not altered(job, archive="stored").takes_an_address


@pytest.mark.parametrize("state", STATES)
def test_only_what_the_studio_may_not_have_charged_yet_still_comes_off_the_balance(state: str) -> None:
    job = a_job(state)
    found = Job.objects.unsent().exists()
    assert not (found and (job.is_at_studio or job.state in ENDED))
    assert found == (state in ("approval", "queued", "sending", "unknown", "attention"))


def test_jobs_are_read_in_pages_from_the_newest() -> None:
    first, second, third = (a_job(prompt=str(number)) for number in range(3))
    newest = Job.objects.newest_first()
    assert list(newest.before(None)) == [third, second, first]
    assert list(newest.before(third.pk)) == [second, first]
    assert list(newest.in_state("cancelled")) == []


def test_what_was_requested_is_read_back_as_it_was() -> None:
    job = a_job(input_image_urls=("https://example.com/a.png",), duration_seconds=8)
    again = Job.objects.get().generate_request
    assert again.to_json() == job.request
    assert (again.input_image_urls, again.duration_seconds) == (("https://example.com/a.png",), 8)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "odd"},
        {"state": "completed", "upstream_id": None},
        {"archive": "odd"},
        {"archive": "waiting", "archive_after": None},
    ],
)
def test_the_database_refuses_rows_that_no_step_could_go_on_with(fields: dict[str, object]) -> None:
    job = a_job()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**fields)


def test_a_studio_numbers_no_two_clips_alike() -> None:
    first, second = a_job("pending"), a_job("pending")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=second.pk).update(upstream_id=first.upstream_id)
