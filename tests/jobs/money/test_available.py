"""What is left to spend: a balance, and what it cannot know of yet."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from studio.catalog.models import Connection
from studio.contract.answers import Accepted
from studio.credits.balance import latest, note_balance
from studio.jobs.dispatch.sending import LEASE
from studio.jobs.lifecycle import machine
from studio.jobs.models import Job
from studio.jobs.money.available import available_credits
from studio.jobs.submit import Intent, submit
from tests.factories import a_job, a_member, a_model, a_request

pytestmark = pytest.mark.django_db


def test_what_waits_comes_off_the_balance():
    model = a_model()
    assert available_credits(model.connection) is None
    note_balance(model.connection_id, 2_000)
    submit(Intent(a_member(), model, a_request(), uuid4(), variations=2))
    assert available_credits(model.connection) == 1_800


@pytest.mark.parametrize("state", ["pending", "completed"])
def test_an_accepted_request_is_not_counted_twice(state):
    job = a_job(state)
    assert available_credits(job.connection) == 1_900


@pytest.mark.parametrize("state", ["pending", "completed"])
@pytest.mark.parametrize("told", [2_000, 1_900])
def test_a_balance_that_was_asked_for_while_it_was_on_its_way_may_know_of_it_or_not(state, told):
    """What the studio told before it charged is too much by one clip."""
    note_balance(a_model().connection_id, 2_000)
    job = a_job(state)
    between = job.submission.sent_at + (job.accepted_at - job.submission.sent_at) / 2
    note_balance(job.connection_id, told, timezone.now(), between)
    assert available_credits(job.connection) == 1_900
    note_balance(job.connection_id, 1_900, timezone.now(), timezone.now())
    assert available_credits(job.connection) == 1_900


@pytest.mark.parametrize("told", [2_000, 1_900])
def test_such_a_balance_may_come_before_the_answer_to_the_request(told):
    connection = a_model().connection
    note_balance(connection.pk, 2_000)
    submission = machine.claim(a_job().submission, LEASE)
    note_balance(connection.pk, told, timezone.now(), timezone.now())
    machine.accept(submission, Accepted(("one",), 1_900))
    assert available_credits(connection) == 1_900


def test_a_balance_that_is_the_same_again_after_a_refund_has_the_newer_clip_in_it():
    a_job("failed")
    assert available_credits(a_job("pending").connection) == 1_900


def test_the_answer_to_an_older_question_is_no_newer_balance():
    job = a_job("pending")
    note_balance(job.connection_id, 2_000, timezone.now(), job.submission.sent_at - timedelta(seconds=1))
    assert latest(job.connection_id).credits == 1_900


@pytest.mark.skipif(connection.vendor != "sqlite", reason="counts what SQLite does")
def test_it_costs_no_more_however_many_clips_have_ended():
    job = a_job("failed")
    few = steps_to_tell(job.connection)
    told = {field.attname: getattr(job, field.attname) for field in Job._meta.concrete_fields}
    Job.objects.bulk_create(
        Job(**{**told, "id": None, "public_id": uuid4(), "upstream_id": str(uuid4())}) for _ in range(1_000)
    )
    assert steps_to_tell(job.connection) < few + 100


def steps_to_tell(studio: Connection) -> int:
    """Instructions of SQLite's machine, by tens: what a question costs, however busy this machine is."""
    steps: list[None] = []
    connection.connection.set_progress_handler(lambda: steps.append(None), 10)
    try:
        assert available_credits(studio) is not None
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(steps)
