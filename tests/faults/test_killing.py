"""Faults 16 to 20: a worker that is killed with SIGKILL, or whose answer comes when nobody waits for it any more."""

import signal
import threading

import pytest
from django.db import connections

from studio.jobs.dispatch import sending
from studio.jobs.models import Job
from tests.factories import fresh
from tests.faults.scene import Books, Scene
from tests.worker.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)  # other processes see what is written
SEND, READ = "studio.jobs.dispatch.sending.send_next", "studio.jobs.sync.watching.read_history"


def is_made_once(scene: Scene, job: Job) -> None:
    scene.finish(job)
    assert (scene.state(job), scene.posts(), scene.paid()) == ("completed", 1, 1)
    assert scene.books() == Books(charged=100, taken=100)


def lease_is_over(scene: Scene) -> None:
    scene.passes(seconds=sending.LEASE.total_seconds() + 1)


def found_in_the_history(scene: Scene, job: Job) -> None:
    lease_is_over(scene)
    assert sending.reap() == 1
    page = scene.clip_page(job)
    assert "The worker stopped before the studio's answer arrived." in page
    scene.work()
    scene.passes(seconds=5)
    scene.work()
    assert scene.is_linked(job)
    assert "Its answer was lost. The studio's history shows it as" in scene.clip_page(job)


@pytest.mark.parametrize(
    "place", ["studio.jobs.dispatch.sending.claim_next", "studio.jobs.lifecycle.moving.add_event"]
)
def test_fault_16_killed_before_the_claim_it_waits_as_before(scene: Scene, nursery, studio_settings, place):
    job = scene.ask()
    assert nursery.run(SEND, die_at=place, **studio_settings) == -signal.SIGKILL
    assert (scene.state(job), fresh(job).submission.attempt, scene.posts()) == ("queued", 0, 0)
    assert "Queued" in scene.clip_page(job)
    is_made_once(scene, job)


def test_fault_17_killed_after_the_claim_nothing_is_sent_and_a_person_is_asked(
    scene: Scene, nursery, studio_settings
):
    job = scene.ask()
    assert nursery.run(SEND, die_at="studio.jobs.dispatch.sending.send", **studio_settings) == -signal.SIGKILL
    assert (scene.state(job), scene.posts()) == ("sending", 0)
    assert not scene.send()
    lease_is_over(scene)
    scene.work()
    assert "The worker stopped before the studio's answer arrived." in scene.clip_page(job)
    scene.passes(minutes=3)
    scene.work(turns=2)
    assert (scene.state(job), scene.posts(), scene.books()) == ("attention", 0, Books(held=100))
    assert "the studio's history shows no clip that is certainly this one" in scene.clip_page(job)


def test_fault_18_killed_after_the_bytes_it_is_found_in_the_history(scene: Scene, nursery, studio_settings):
    job = scene.ask()
    scene.studio.fault("accept-then-hang")
    worker = nursery.start(SEND, **studio_settings)
    wait_for(lambda: scene.studio.calls("POST"), "the request")
    nursery.kill(worker)
    assert (scene.state(job), scene.posts()) == ("sending", 1)
    found_in_the_history(scene, job)
    is_made_once(scene, job)


def test_fault_18_killed_with_the_answer_in_its_hands_it_is_found_in_the_history(
    scene: Scene, nursery, studio_settings
):
    job = scene.ask()
    assert (
        nursery.run(SEND, die_at="studio.jobs.lifecycle.machine.accept", **studio_settings) == -signal.SIGKILL
    )
    assert (scene.state(job), scene.paid()) == ("sending", 1)
    found_in_the_history(scene, job)
    is_made_once(scene, job)


@pytest.mark.parametrize(
    "place",
    [
        "studio.jobs.lifecycle.machine.accept",
        "studio.jobs.lifecycle.machine.note_balance",
        "studio.jobs.lifecycle.machine.report",
    ],
    ids=["before", "in its transaction", "after"],
)
def test_fault_19_killed_during_linking_it_is_linked_once(scene: Scene, nursery, studio_settings, place):
    job = scene.ask()
    scene.studio.fault("accept-then-reset")
    assert scene.send()
    scene.passes(seconds=5)
    assert nursery.run(READ, die_at=place, **studio_settings) == -signal.SIGKILL
    assert scene.state(job) in ("unknown", "pending")
    is_made_once(scene, job)
    page = scene.clip_page(job)
    assert page.count("Its answer was lost. The studio's history shows it as") == 1


def test_fault_20_an_answer_that_comes_after_the_reaper_is_still_proof(scene: Scene):
    job = scene.ask()
    scene.studio.fault("accept-then-wait")
    sender = threading.Thread(target=_in_a_thread, args=(scene,))
    sender.start()
    wait_for(lambda: scene.studio.calls("POST"), "the request")
    lease_is_over(scene)
    assert sending.reap() == 1
    page = scene.clip_page(job)
    assert "The worker stopped before the studio's answer arrived." in page
    scene.studio.gate.set()
    sender.join(10)
    assert (scene.state(job), scene.is_linked(job)) == ("pending", True)
    assert "Accepted by the studio" in scene.clip_page(job)
    is_made_once(scene, job)


def _in_a_thread(scene: Scene) -> None:
    try:
        scene.send()
    finally:
        connections.close_all()
