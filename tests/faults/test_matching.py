"""Faults 23 to 26: twins, strangers, wrong clocks and wrong histories; what is not proven is never linked."""

from datetime import timedelta

import pytest

from studio.jobs.matching import lost_requests
from studio.jobs.models import Job
from tests.factories import fresh
from tests.faults.scene import Books, Scene

pytestmark = pytest.mark.django_db


def lose(scene: Scene, fault: str = "accept-then-reset") -> Job:
    job = scene.ask()
    scene.studio.fault(fault)
    assert scene.send()
    assert scene.state(job) == "unknown"
    return job


def test_fault_23_identical_prompts_are_never_linked_crosswise(scene: Scene):
    lost = scene.ask(variations=2)
    twin = Job.objects.exclude(pk=lost.pk).get()
    scene.studio.fault("accept-then-reset")
    assert scene.send_all() == 1  # its twin waits until it is settled
    assert "Queued" in scene.clip_page(twin)
    (made,) = scene.studio.account.jobs
    scene.passes(seconds=5)
    scene.work()
    assert "Its answer was lost. The studio's history shows it as" in scene.clip_page(lost)
    for job in (lost, twin):
        scene.finish(job)
    (_, other) = scene.studio.account.jobs
    assert [fresh(lost).upstream_id, fresh(twin).upstream_id] == [made.job_id, other.job_id]
    assert (scene.posts(), scene.paid()) == (2, 2)
    assert scene.books() == Books(charged=200, taken=200)


def test_fault_23_twins_that_were_lost_and_never_read_stay_apart(scene: Scene):
    lost = scene.ask(variations=2)
    twin = Job.objects.exclude(pk=lost.pk).get()
    scene.studio.fault("reset-before-read")
    scene.send()
    scene.passes(minutes=3)
    scene.work(turns=2)
    assert [scene.state(lost), scene.state(twin), scene.paid()] == ["attention", "queued", 0]
    assert "An identical request waits for this decision" in scene.page("attention-list")


def test_fault_24_the_same_prompt_run_on_the_vendors_site_asks_a_person(scene: Scene):
    job = lose(scene)
    scene.studio.account.made_elsewhere(prompt="a lighthouse at dawn", duration_seconds=8)
    scene.passes(minutes=3)
    scene.work(turns=2)
    assert (scene.state(job), fresh(job).upstream_id) == ("attention", None)
    assert (scene.posts(), scene.paid(), scene.books().held) == (1, 1, 100)
    page = scene.clip_page(job)
    assert "The answer was lost, and 2 clips in the studio's history could be this one." in page
    assert scene.page("attention-list").count("This is it") == 2


@pytest.mark.parametrize("minutes", [-10, 10])
def test_fault_25_a_clock_ten_minutes_off_is_corrected(scene: Scene, minutes):
    scene.studio.account.skew = timedelta(minutes=minutes)
    job = lose(scene)
    scene.passes(seconds=5)
    scene.work()
    assert scene.is_linked(job)
    scene.finish(job)
    assert (scene.posts(), scene.paid(), scene.books()) == (1, 1, Books(charged=100, taken=100))
    assert "Its answer was lost. The studio's history shows it as" in scene.clip_page(job)


def never_absent(scene: Scene, job: Job, sentence: str) -> None:
    """A person is asked, nothing is sent, nothing is let go; and the truth, once told, still settles it."""
    assert scene.state(job) == "attention"
    assert sentence in scene.clip_page(job)
    assert (scene.posts(), scene.paid(), scene.books()) == (1, 1, Books(held=100, taken=100))
    scene.passes(minutes=3)
    scene.work()
    scene.finish(job)
    assert (scene.posts(), scene.paid(), scene.books()) == (1, 1, Books(charged=100, taken=100))


@pytest.mark.parametrize("fault", ["500", "html-200", "half-body"])
def test_fault_26_a_history_that_cannot_be_read_proves_nothing(scene: Scene, fault):
    job = lose(scene)
    scene.studio.fault(fault, times=50, on="GET /api/v1/video-studio/history/")
    scene.passes(minutes=3)
    scene.work(turns=2)
    assert scene.state(job) == "unknown"
    scene.passes(seconds=lost_requests.ASK_UNREAD_AFTER.total_seconds())
    scene.work()
    scene.studio.forget_faults()
    never_absent(scene, job, "The answer was lost, and the studio's history could not be read since then.")


@pytest.mark.parametrize("fault", ["stale-history", "empty-history"])
def test_fault_26_a_history_that_is_old_or_cut_never_means_absent(scene: Scene, fault):
    job = lose(scene)
    scene.studio.fault(fault, times=50, on="GET /api/v1/video-studio/history/")
    scene.passes(minutes=3)
    scene.work(turns=2)
    scene.studio.forget_faults()
    never_absent(scene, job, "the studio's history shows no clip that is certainly this one")


def test_fault_26_a_clip_pushed_out_of_the_history_by_others_is_asked_about(scene: Scene):
    job = lose(scene)
    for number in range(100):
        scene.studio.account.made_elsewhere(prompt=f"another {number}")
    scene.passes(minutes=3)
    scene.work(turns=2)
    assert (scene.state(job), scene.posts(), scene.paid()) == ("attention", 1, 1)
    assert "the studio's history shows no clip that is certainly this one" in scene.clip_page(job)
