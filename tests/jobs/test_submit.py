"""From the form to the queue."""

from datetime import timedelta
from uuid import uuid4

import pytest

from studio.credits.models import Entry
from studio.jobs.models import Job, Submission
from studio.jobs.submit import CannotSubmit, Intent, expected_seconds, submit
from tests.factories import a_job, a_member, a_model, a_request

pytestmark = pytest.mark.django_db


def test_each_variation_is_one_submission():
    jobs = submit(Intent(a_member(), a_model(), a_request(), uuid4(), variations=3))
    assert [job.submission.variation for job in jobs] == [1, 2, 3]
    assert Submission.objects.count() == 3


def test_a_form_that_is_sent_twice_is_one_intent():
    intent = Intent(a_member(), a_model(), a_request(), uuid4(), variations=2)
    assert submit(intent) == submit(intent)
    assert Job.objects.count() == 2
    assert Entry.objects.count() == 2


def test_a_request_the_model_does_not_take_writes_nothing():
    with pytest.raises(CannotSubmit) as refused:
        submit(Intent(a_member(), a_model(), a_request(duration_seconds=5), uuid4()))
    assert "duration_seconds" in refused.value.errors
    assert not Job.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize("number", [0, 5, -1])
def test_the_number_of_variations_is_bounded(number):
    with pytest.raises(CannotSubmit):
        submit(Intent(a_member(), a_model(), a_request(), uuid4(), variations=number))


def test_a_retired_model_is_not_sent():
    model = a_model()
    a_model(model.connection, model_slug="another_model")
    model.refresh_from_db()
    with pytest.raises(CannotSubmit):
        submit(Intent(a_member(), model, a_request(), uuid4()))


def test_the_expected_time_is_the_median_of_past_clips():
    for seconds in (10, 30, 80):
        job = a_job("completed")
        Job.objects.filter(pk=job.pk).update(finished_at=job.accepted_at + timedelta(seconds=seconds))
    assert expected_seconds(job.connection_id, "veo31_fast") == 30


def test_nothing_is_expected_before_the_first_clip():
    assert expected_seconds(a_model().connection_id, "veo31_fast") is None
