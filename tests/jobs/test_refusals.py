"""Whom a refusal concerns: its own request, or everyone who uses the key."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from studio.catalog import refresh
from studio.catalog.models import Connection
from studio.jobs.dispatch import sending
from studio.jobs.models import Submission
from studio.jobs.sync import watching
from studio.worker.loops import look_after
from tests.jobs.test_steps import ask, fresh, look_again
from tests.upstream.faults import says
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("answer", "sentence", "field"),
    [
        (
            says(422, {"success": False, "error": "blocked by our content policy"}),
            "blocked by our content policy",
            "",
        ),
        (
            says(403, {"error": "Prompt violates the content policy"}),
            "Prompt violates the content policy",
            "prompt",
        ),
        (says(200, {"code": 1301, "message": "The prompt is risky"}), "The prompt is risky", "prompt"),
        (
            says(422, {"detail": [{"loc": ["body", "duration_seconds"], "msg": "Input should be 5"}]}),
            "Input should be 5",
            "duration_seconds",
        ),
        (
            says(400, {"error": "No", "errors": [{"param": "camera_motion", "msg": "No"}]}),
            "No",
            "camera_motion",
        ),
        (says(418, "I am a teapot", {"Content-Type": "text/plain"}), "I am a teapot", ""),
    ],
)
def test_a_refused_request_is_rejected_in_the_studios_words_and_nobody_else_waits(
    connection, video_studio: FakeStudio, answer, sentence, field
):
    first, second = ask(connection, variations=2)
    video_studio.fault(answer)
    assert sending.send_next(connection)
    job = fresh(first)
    assert (job.state, job.error, job.error_field, job.credits) == ("rejected", sentence, field, 0)
    assert fresh(connection).is_working
    assert sending.send_next(fresh(connection))
    assert (fresh(second).state, video_studio.paid_posts) == ("pending", 1)
    much_later()
    sending.release_blocked(fresh(connection))
    assert not sending.send_next(fresh(connection))
    assert len(video_studio.calls("POST")) == 2


def much_later() -> None:
    """As if every pause of a request were over."""
    Submission.objects.update(send_after=None)
    Submission.objects.exclude(answered_at=None).update(answered_at=timezone.now() - timedelta(hours=2))


def test_a_stray_401_pauses_nothing_and_only_its_request_waits(connection, video_studio: FakeStudio):
    first, second = ask(connection, variations=2)
    video_studio.fault("401")
    sending.send_next(connection)
    assert (fresh(first).state, fresh(connection).state) == ("blocked", "working")
    assert sending.send_next(fresh(connection))
    assert fresh(second).state == "pending"
    assert not sending.release_blocked(fresh(connection))
    Submission.objects.filter(pk=first.submission_id).update(
        answered_at=timezone.now() - timedelta(seconds=31)
    )
    assert sending.release_blocked(fresh(connection))
    assert sending.send_next(fresh(connection))
    assert (fresh(first).state, video_studio.paid_posts) == ("pending", 2)


def test_a_request_that_keeps_being_answered_401_is_tried_ever_more_rarely(
    connection, video_studio: FakeStudio
):
    (job,) = ask(connection)
    video_studio.fault("401", times=3)
    for pause in (30, 60, 120):
        assert sending.send_next(fresh(connection))
        for age, released in ((pause - 5, 0), (pause + 1, 1)):
            Submission.objects.update(answered_at=timezone.now() - timedelta(seconds=age))
            assert sending.release_blocked(fresh(connection)) == released
    assert fresh(job).state == "queued"


def test_a_stray_401_on_a_read_pauses_nothing(connection, video_studio: FakeStudio):
    video_studio.fault("401", on="GET /api/v1/video-studio/history/")
    assert watching.read_history(connection) is None
    assert fresh(connection).is_working
    video_studio.fault("401", on="GET /api/v1/models/")
    assert refresh.refresh(connection) is None
    assert fresh(connection).is_working
    assert fresh(connection).models_error == "Injected 401"


@pytest.mark.parametrize(("status", "state"), [("401", "blocked"), ("403", "rejected")])
def test_a_refusal_that_a_read_confirms_pauses_the_connection(connection, video_studio, status, state):
    """A 403 is final for its request all the same: nobody knows that it was not about its content, too."""
    first, second = ask(connection, variations=2)
    video_studio.fault(status, times=2, on="")
    sending.send_next(connection)
    assert (fresh(first).state, fresh(connection).state) == (state, "paused")
    assert not sending.send_next(fresh(connection))
    assert fresh(second).state == "queued"
    Connection.objects.update(key_retry_at=timezone.now())
    watching.read_history_when_due(fresh(connection))
    assert fresh(connection).is_working
    assert sending.send_next(fresh(connection))
    assert fresh(second).state == "pending"
    much_later()
    assert sending.release_blocked(fresh(connection)) == (state == "blocked")


def test_a_read_that_is_a_proxys_page_confirms_nothing(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    video_studio.fault("401")
    video_studio.fault("page:403", times=3, on="GET")
    sending.send_next(connection)
    assert (fresh(job).state, fresh(connection).state) == ("blocked", "unreachable")


@pytest.mark.parametrize("status", ["301", "307", "308"])
def test_a_redirected_request_waits_for_an_address_that_takes_it(connection, video_studio, status):
    (job,) = ask(connection)
    video_studio.fault(f"{status}:/elsewhere/")
    assert sending.send_next(connection)
    job = fresh(job)
    assert (job.state, fresh(connection).state) == ("queued", "unreachable")
    assert (
        f"it answered {status}, a redirect. The request was not accepted. It is sent again in 5 min."
        in job.error
    )
    assert not sending.send_next(fresh(connection))
    Submission.objects.update(send_after=None)
    assert sending.send_next(fresh(connection))
    assert (fresh(job).state, video_studio.paid_posts) == ("pending", 1)


def test_while_its_key_is_refused_a_connection_is_read_ever_more_rarely(connection, video_studio: FakeStudio):
    ask(connection)
    sending.send_next(connection)
    key, video_studio.key = video_studio.key, "another key"
    look_again(connection)
    assert fresh(connection).state == "paused"
    began = fresh(connection).state_since
    for expected in (30, 60, 120, 240, 480, 780):
        due = fresh(connection).key_retry_at
        assert abs((due - began).total_seconds() - expected) < 10
        with time_machine.travel(due - timedelta(seconds=1), tick=False):
            assert reads_of_all_loops(connection, video_studio) == 0
        with time_machine.travel(due, tick=False):
            assert reads_of_all_loops(connection, video_studio) == 1
    video_studio.key = key
    with time_machine.travel(fresh(connection).key_retry_at, tick=False):
        assert reads_of_all_loops(connection, video_studio) > 0
    assert fresh(connection).is_working


def test_a_public_list_of_models_does_not_end_the_pause(connection, video_studio: FakeStudio):
    video_studio.fault("401", times=50, on="GET /api/v1/video-studio/")
    look_again(connection)
    watching.read_history(connection)
    for _ in range(3):
        assert fresh(connection).state == "paused"
        Connection.objects.update(
            key_retry_at=timezone.now(), models_tried_at=timezone.now() - timedelta(hours=1)
        )
        assert reads_of_all_loops(connection, video_studio) == 1
    assert video_studio.calls("GET", "/models/")[1:] == []


def reads_of_all_loops(connection: Connection, studio: FakeStudio) -> int:
    before = len(studio.calls("GET"))
    watching.poll(fresh(connection))
    look_after(fresh(connection))
    watching.read_history_when_due(fresh(connection))
    return len(studio.calls("GET")) - before
