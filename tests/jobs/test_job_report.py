"""A job as scripts and webhooks read it: status, money, results. tests/gateway/test_reading.py has the calls."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio.jobs.job_report import COPYING_FOR, NEVER_MADE, is_over, job_report, word_for
from studio.jobs.models import Job
from studio.jobs.states import ENDED, JobState
from tests.factories import a_job, altered, lose_copy, store

pytestmark = pytest.mark.django_db
STATES = (*(state for state in JobState.values), "stored", "lost")
THEIRS = "https://media.example.com/a.mp4"


@pytest.fixture(autouse=True)
def _public_url(settings: Any) -> None:
    settings.PUBLIC_URL = "https://dailies.example.com"


@pytest.mark.parametrize("state", STATES)
def test_a_status_is_one_of_the_api_s_and_everything_else_agrees_with_it(state: str) -> None:
    job = a_job(state)
    report = job_report(job)
    status = report["status"]
    assert status in ("pending", "processing", "completed", "failed")
    if status in ("completed", "failed"):
        assert job.state in ENDED
        assert report["completed_at"]
    else:
        assert report["completed_at"] is None
    assert ("error_message" in report) == (status == "failed")
    assert bool(report["result_urls"]) == (status == "completed")
    assert report["job_id"] == str(job.public_id) != job.upstream_id
    is_free = report["credits_charged"] == 0  # known to cost nothing
    assert is_free == (state in NEVER_MADE)
    assert ("credits_refunded" in report) == (is_free or state == "failed")


def test_no_credits_are_reported_before_the_studio_says_any() -> None:
    assert job_report(a_job("pending"))["credits_charged"] is None


@pytest.mark.parametrize(
    ("charged", "refund", "told"),
    [(100, None, True), (100, 100, True), (100, 120, True), (100, 40, 40), (100, 0, 0), (None, 40, True)],
)
def test_a_refund_is_the_amount_or_true_for_all_of_it(
    charged: int | None, refund: int | None, told: bool | int
) -> None:
    job = altered(a_job("failed"), charged=charged, refunded=True, refund=refund)
    refunded = job_report(job)["credits_refunded"]
    assert (refunded, type(refunded)) == (told, type(told))


def test_a_clip_is_completed_once_its_files_are_here() -> None:
    """A script fetches them as soon as it reads that word."""
    job = a_job("completed")
    assert (word_for(job), is_over(job)) == ("processing", False)
    assert job_report(job)["result_urls"] == []
    store(job)
    job = Job.objects.get(pk=job.pk)
    assert (word_for(job), is_over(job)) == ("completed", True)


def test_a_clip_whose_copy_takes_too_long_is_completed_with_the_studio_s_addresses() -> None:
    late = timezone.now() - COPYING_FOR - timedelta(seconds=1)
    job = altered(a_job("completed"), finished_at=late, result_urls=[THEIRS])
    assert word_for(job) == "completed"
    assert job_report(job)["result_urls"] == [THEIRS]
    assert not is_over(job)  # our own are still to come
    early = timezone.now() - COPYING_FOR + timedelta(minutes=1)
    assert word_for(altered(job, finished_at=early)) == "processing"
    assert word_for(altered(job, finished_at=None)) == "completed"


def test_a_clip_whose_copy_is_lost_is_over_and_keeps_the_studio_s_addresses() -> None:
    job = altered(a_job("completed"), result_urls=[THEIRS])
    lose_copy(job)
    job = Job.objects.get(pk=job.pk)
    assert is_over(job)
    assert job_report(job)["result_urls"] == [THEIRS]


def test_our_own_copies_come_before_the_studio_s_addresses() -> None:
    job = altered(a_job("stored"), result_urls=[THEIRS])
    [url] = job_report(job)["result_urls"]
    assert url.startswith(f"https://dailies.example.com/media/{job.files.get().clip}?")


def test_a_file_of_the_sandbox_is_given_an_address_that_opens_without_a_session() -> None:
    job = altered(a_job("lost"), result_urls=["/media/sandbox/a.mp4", THEIRS])
    ours, theirs = job_report(job)["result_urls"]
    assert ours.startswith("https://dailies.example.com/media/sandbox/a.mp4?")
    assert theirs == THEIRS


def test_a_path_that_a_real_studio_names_is_none_of_ours() -> None:
    """A signed address would open any of our files to whoever runs that studio."""
    job = altered(a_job("lost"), result_urls=["/media/clips/aa/aa.mp4"])
    type(job.connection).objects.update(kind="http", base_url="https://studio.example.com")
    assert job_report(Job.objects.get(pk=job.pk))["result_urls"] == ["/media/clips/aa/aa.mp4"]


@pytest.mark.parametrize(
    ("inputs", "mode"),
    [
        ({}, "text_to_video"),
        ({"input_image_urls": [THEIRS]}, "image_to_video"),
        ({"input_video_urls": [THEIRS]}, "video_to_video"),
        ({"input_image_urls": [THEIRS], "input_video_urls": [THEIRS]}, "video_to_video"),
        ({"input_image_urls": []}, "text_to_video"),
    ],
)
def test_the_mode_follows_from_the_inputs(inputs: dict[str, Any], mode: str) -> None:
    job = a_job()
    assert job_report(altered(job, request={**job.request, **inputs}))["mode"] == mode


@pytest.mark.parametrize(
    ("asked", "seconds", "told"), [(8, 7.9, 8), (None, 7.9, 8), (None, None, None), (None, 0.0, None)]
)
def test_the_duration_is_the_requested_one_else_the_film_s(
    asked: int | None, seconds: float | None, told: int | None
) -> None:
    job = a_job("stored")
    job = altered(job, request={**job.request, "duration_seconds": asked}, seconds=seconds)
    assert job_report(job)["provider_meta"]["effective_duration_seconds"] == told


def test_every_parameter_of_the_request_is_reported_under_its_wire_name() -> None:
    job = altered(a_job(), request={"model_slug": "veo31_fast", "prompt": "x", "seed": 7, "sound": True})
    report = job_report(job)
    assert (report["seed"], report["sound"], report["model_slug"]) == (7, True, "veo31_fast")
    assert report["prompt"] == job.prompt


@pytest.mark.parametrize("state", ["failed", "rejected", "declined", "cancelled", "abandoned"])
def test_a_failure_has_a_reason_even_where_no_one_gave_one(state: str) -> None:
    job = altered(a_job(state), error="")
    assert job_report(job)["error_message"]
    assert job_report(altered(job, error="No luck."))["error_message"] == "No luck."
