"""The clock of the machine is set by an hour, back or forward, at every stage of a clip's life."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from studio.catalog.connections import ask_test
from studio.catalog.models import Connection
from studio.jobs.models import Job
from studio.worker import clock
from tests.factories import fresh
from tests.faults.scene import Scene

pytestmark = pytest.mark.django_db


def told_to_wait(scene: Scene) -> Job:
    job = scene.ask()
    scene.studio.fault("429:20")
    scene.send()
    return job


def never_left(scene: Scene) -> Job:
    job = scene.ask()
    with scene.studio.closed():
        scene.send()
    return job


def answer_was_lost(scene: Scene) -> Job:
    job = scene.ask()
    scene.studio.fault("accept-then-reset")
    scene.send()
    return job


def in_progress(scene: Scene) -> Job:
    job = scene.ask()
    scene.send()
    scene.work()
    return job


def key_was_refused(scene: Scene) -> Job:
    job = scene.ask()
    scene.studio.key, right = "another", scene.studio.key
    scene.send()
    scene.work()
    scene.studio.key = right
    return job


STAGES = [told_to_wait, never_left, answer_was_lost, in_progress, key_was_refused]


def finish_within(scene: Scene, job: Job, **time: float) -> None:
    """In steps of ten seconds."""
    for _ in range(int(timedelta(**time).total_seconds() / 10)):
        scene.passes(seconds=10)
        scene.work()
        if fresh(job).is_finished:
            return
    raise AssertionError(f"{fresh(job)} has not ended.")


@pytest.mark.parametrize("stage", STAGES)
def test_after_the_clock_was_set_back_nothing_waits_for_the_hour_to_pass(
    scene: Scene, stage: Callable[[Scene], Job]
):
    scene.read_history()
    job = stage(scene)
    scene.clock_is_set(hours=-1)
    clock.move_back(timedelta(hours=1))
    finish_within(scene, job, minutes=2)
    assert (scene.state(job), scene.paid()) == ("completed", 1)
    assert scene.books().charged == scene.books().taken
    scene.archive()
    assert fresh(job).archive == "stored"


@pytest.mark.parametrize("stage", [one for one in STAGES if one is not answer_was_lost])
def test_after_the_clock_was_set_forward_all_goes_on(scene: Scene, stage: Callable[[Scene], Job]):
    scene.read_history()
    job = stage(scene)
    scene.clock_is_set(hours=1)
    finish_within(scene, job, minutes=2)
    assert (scene.state(job), scene.paid()) == ("completed", 1)


def test_a_lost_answer_from_before_the_clock_was_set_forward_asks_a_person_and_shows_the_clip(scene: Scene):
    """Which of two clips it is would be a guess: the times do not fit any more."""
    scene.read_history()
    job = answer_was_lost(scene)
    scene.clock_is_set(hours=1)
    scene.work()
    scene.passes(minutes=3)
    scene.work(turns=2)
    assert (scene.state(job), scene.paid()) == ("attention", 1)
    assert scene.page("attention-list").count("This is it") == 1


def test_a_clip_that_was_ready_before_the_clock_was_set_back_is_copied(scene: Scene):
    job = in_progress(scene)
    scene.finish(job)
    scene.clock_is_set(hours=-1)
    clock.move_back(timedelta(hours=1))
    scene.archive()
    assert fresh(job).archive == "stored"


def test_a_test_of_the_connection_that_began_before_the_clock_was_set_back_is_no_reason_to_wait(scene: Scene):
    ask_test(scene.connection)
    scene.work()
    scene.clock_is_set(hours=-1)
    ask_test(scene.connection)
    scene.work()
    assert not Connection.objects.get(pk=scene.pk).is_being_tested
