"""Faults 21, 22, 36 and 37: several workers, several clicks, lost turns, and more clips than an hour allows."""

import re
import threading
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from studio.jobs.dispatch.hourly_quota import hourly_quota
from studio.jobs.models import Job
from studio.worker.loops import all_loops
from studio.worker.presence import Presence
from tests.factories import fresh
from tests.faults.reading import words_of
from tests.faults.scene import Books, Scene
from tests.must import must

pytestmark = pytest.mark.django_db(transaction=True)  # other threads see what is written
WORKERS = 4


def at_once(act: Callable[[], Any], times: int) -> list[Any]:
    """What each of so many threads got, all let go at the same moment."""
    together, results = threading.Barrier(times), []

    def run() -> None:
        try:
            together.wait(10)
            results.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == times
    return results


def test_fault_21_two_workers_and_one_row_are_one_request(scene: Scene):
    prompts = [f"clip number {number}" for number in range(5)]
    for prompt in prompts:
        job = scene.ask(prompt)
        assert sorted(at_once(scene.send, 2)) in ([False, True], [True, True])
        assert (scene.state(job), scene.posts(prompt), scene.paid(prompt)) == ("pending", 1, 1)
        assert scene.clip_page(job).count("Accepted by the studio") == 1
    for job in Job.objects.all():
        scene.finish(job)
    assert scene.books() == Books(charged=500, taken=500)


def the_form(scene: Scene) -> dict[str, str]:
    """The create page's form, filled in, with its one-time token."""
    page = scene.client.get("/").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    said = {"model_slug": "veo31_fast", "prompt": "a lighthouse at dawn", "aspect_ratio": "16:9"}
    return {**said, "duration_seconds": "8", "variations": "1", "token": token[1]}


def test_fault_22_a_double_click_and_a_replayed_form_are_one_clip(scene: Scene):
    form = the_form(scene)
    assert all("Queued: 1 clip" in page for page in at_once(lambda: _press(scene, form), 3))
    job = Job.objects.get()
    scene.finish(job)
    assert "Queued: 1 clip" in _press(scene, form)  # an old tab, reloaded
    scene.passes(minutes=5)
    scene.work()
    assert (Job.objects.count(), scene.posts(), scene.paid()) == (1, 1, 1)
    assert scene.books() == Books(charged=100, taken=100)


def _press(scene: Scene, form: dict[str, str]) -> str:
    """The page that follows, in a tab of its own."""
    client = Client()
    client.force_login(scene.person)
    return words_of(client.post("/", form, follow=True).content.decode())


def test_fault_36_steps_left_out_and_taken_twice_all_finish(scene: Scene):
    chance = Random(36)
    jobs = [scene.ask(f"clip number {number}") for number in range(4)]
    loops = [loop for loop in all_loops(Presence()) if loop.name not in ("sandbox", "archive")]
    for _ in range(60):
        for loop in chance.choices(loops, k=len(loops)):  # some not at all, some again and again
            for target in loop.targets():
                loop.step(*target)
        scene.passes(seconds=20)
        if all(fresh(job).is_finished for job in jobs):
            break
    assert all("Ready" in scene.clip_page(job) for job in jobs)
    assert [scene.paid(job.prompt) for job in jobs] == [1] * 4
    assert scene.books() == Books(charged=400, taken=400)


def test_fault_37_thirty_clips_and_four_workers_keep_to_the_hours_limit(scene: Scene):
    scene.studio.posts_per_hour = 24
    scene.studio.account.credits = scene.credits = 10_000
    jobs = [scene.ask(f"clip number {number}") for number in range(30)]

    def work() -> None:
        while must(hourly_quota(scene.connection)).left:
            scene.send()

    at_once(work, WORKERS)
    posts = scene.studio.calls("POST")
    assert len(posts) == scene.studio.paid_posts == 24  # and not one more, which would have met a 429
    assert [scene.state(job) for job in jobs] == ["pending"] * 24 + ["queued"] * 6
    page = scene.clip_page(jobs[-1])
    assert "Queued" in page
    assert "All 24 requests allowed per hour are used." in page
    assert "Clips are sent automatically after that." in page
    scene.passes(hours=1)
    scene.studio.forget_calls()
    scene.send_all()
    assert set(scene.studio.paid.values()) == {1}
    assert scene.studio.paid_posts == 30
