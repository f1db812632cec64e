"""The test that an admin asks for, against a studio on a socket."""

from collections.abc import Iterator

import pytest

from studio import env
from studio.catalog import register
from studio.catalog.connections import ask_test, default_connection, engine_for, make_default, note_trouble
from studio.catalog.models import Connection
from studio.contract.errors import KeyRefused
from studio.credits.balance import note_balance
from studio.jobs.dispatch import sending
from studio.jobs.lifecycle import decisions, machine
from studio.jobs.sync import watching
from studio.upstream.secret import Secret
from studio.worker.loops import look_after
from tests.factories import a_job, a_model, fresh
from tests.upstream.fixtures import hang_up
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(settings, video_studio: FakeStudio) -> Iterator[Connection]:
    settings.STUDIO_ALLOWED_HOSTS = [video_studio.host]
    connection = register.add("Studio", video_studio.url, 24, Secret(video_studio.key))
    yield connection
    hang_up(engine_for(now_of(connection)))


def now_of(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def after_test(connection: Connection) -> Connection:
    """As the worker finds it at its next turn, and what came of that."""
    look_after(now_of(connection))
    return now_of(connection)


def test_a_new_connection_is_tested_by_itself_and_costs_nothing(stored, video_studio: FakeStudio):
    assert now_of(stored).is_being_tested
    note_balance(stored.pk, 1_500)
    after = after_test(stored)
    assert not after.is_being_tested
    assert after.test_passed
    number = len(video_studio.account.models)
    assert after.test_result == f"It works: {number} models, 1,500 credits left."
    assert {call.method for call in video_studio.log} == {"GET"}


def test_a_wrong_key_is_told_in_the_studios_words(stored, video_studio: FakeStudio):
    video_studio.key = "another"
    after = after_test(stored)
    assert (after.test_passed, after.test_result, after.state) == (False, "Invalid API key", "paused")


def test_a_history_that_cannot_be_read_is_no_success(stored, video_studio: FakeStudio):
    video_studio.fault("403", on="GET /api/v1/video-studio/history/")
    after = after_test(stored)
    assert not after.test_passed
    assert after.test_result.startswith("The models can be read, the history cannot: ")


def test_a_test_is_done_once(stored, video_studio: FakeStudio):
    after_test(stored)
    asked = len(video_studio.log)
    after_test(stored)
    assert len(video_studio.log) == asked


def test_asked_for_again_meanwhile_it_proves_nothing(stored):
    read_before = now_of(stored)
    ask_test(stored)
    look_after(read_before)
    assert now_of(stored).is_being_tested
    assert now_of(stored).test_passed is None


def test_after_a_refusal_a_new_key_lets_everything_go_on(stored, video_studio: FakeStudio, settings):
    make_default(stored)
    after_test(stored)
    assert default_connection() == stored
    refused, waiting = a_job(), a_job(prompt="the next one")
    video_studio.key = "the-new-key-5f0c9d7e31"
    sending.send_next(now_of(stored))
    sending.send_next(now_of(stored))
    assert (fresh(refused).state, fresh(waiting).state) == ("blocked", "queued")
    assert video_studio.paid_posts == 0
    old = engine_for(now_of(stored))
    register.change(now_of(stored), name="Studio", posts_per_hour=24, key=Secret(video_studio.key))
    assert after_test(stored).is_working
    hang_up(old)
    while sending.send_next(now_of(stored)):
        pass
    assert (fresh(refused).state, fresh(waiting).state) == ("pending", "pending")
    assert video_studio.paid_posts == 2


def test_with_another_encryption_key_nothing_is_sent_and_nothing_is_lost(
    stored, video_studio: FakeStudio, settings
):
    a_model(stored)
    make_default(stored)
    job = a_job()
    settings.ENCRYPTION_KEYS = [env.new_encryption_key()]
    assert not sending.send_next(now_of(stored))
    assert (now_of(stored).state, fresh(job).state, video_studio.log) == ("paused", "queued", [])
    assert "it was saved with another one" in after_test(stored).test_result
    settings.ENCRYPTION_KEYS = []
    ask_test(stored)
    assert after_test(stored).is_working
    assert sending.send_next(now_of(stored))
    assert fresh(job).state == "pending"


def test_what_a_lack_of_credits_holds_is_not_let_go_by_a_test(stored):
    make_default(stored)
    after_test(stored)
    job = a_job("blocked")
    ask_test(stored)
    after_test(stored)
    assert fresh(job).state == "blocked"


def test_a_test_ends_the_pause_of_a_refused_key(stored):
    after_test(stored)
    note_trouble(now_of(stored), KeyRefused("Not today"))
    watching.read_history_when_due(now_of(stored))  # it is not due for 30 s
    assert now_of(stored).state == "paused"
    ask_test(stored)
    assert after_test(stored).is_working


def test_a_clip_given_up_meanwhile_is_not_sent_after_all(stored, member):
    make_default(stored)
    after_test(stored)
    job = a_job("sending")
    machine.refuse(job.submission, KeyRefused("Invalid API key"))
    decisions.cancel(job.submission, member)
    ask_test(stored)
    after_test(stored)
    assert fresh(job).state == "cancelled"
