"""Faults 27 to 29: what the studio says of a job, and of the balance, when it says it wrongly."""

import re

import pytest

from studio.credits.models import Entry
from studio.jobs.models import Job
from tests.factories import fresh
from tests.faults.scene import Books, Scene

pytestmark = pytest.mark.django_db


def accepted(scene: Scene, prompt: str = "a lighthouse at dawn") -> Job:
    job = scene.ask(prompt)
    assert scene.send()
    assert scene.state(job) == "pending"
    return job


def test_fault_27_a_job_that_the_studio_does_not_know_needs_attention_and_is_looked_for(scene: Scene):
    job = accepted(scene)
    hidden = scene.studio.account.jobs.pop()
    for _ in range(3):
        assert scene.state(job) == "pending"
        assert "In progress" in scene.clip_page(job)
        scene.passes(seconds=20)
        scene.work()
    assert scene.studio.calls("GET", f"/status/{hidden.job_id}/")
    assert scene.state(job) == "attention"
    assert "The studio says that it does not know this clip." in scene.clip_page(job)
    scene.studio.account.jobs.append(hidden)
    scene.finish(job)
    assert scene.books() == Books(charged=100, taken=100)


@pytest.mark.parametrize("word", ["pending", "processing", "failed"])
def test_fault_27_a_state_that_goes_backwards_is_not_believed(scene: Scene, word):
    job = accepted(scene)
    scene.finish(job)
    scene.studio.account.jobs[0].says = word
    scene.passes(minutes=5)
    scene.work()
    assert scene.state(job) == "completed"
    assert scene.books() == Books(charged=100, taken=100)
    assert "Ready" in scene.clip_page(job)


def test_fault_27_a_word_that_nobody_knows_ends_nothing_and_is_shown(scene: Scene):
    job = accepted(scene)
    scene.studio.account.jobs[0].says = "upscaling"
    for _ in range(3):
        scene.passes(seconds=20)
        scene.work()
    assert scene.state(job) == "pending"
    assert "In progress · the studio says “upscaling”" in scene.clip_page(job)
    scene.passes(minutes=10)
    scene.work()
    assert scene.state(job) == "attention"
    assert "Needs attention · the studio says “upscaling”" in scene.clip_page(job)
    scene.studio.account.jobs[0].says = ""
    scene.finish(job)
    assert (scene.state(job), scene.books()) == ("completed", Books(charged=100, taken=100))


def test_fault_28_a_refund_that_is_told_again_and_again_is_one_entry(scene: Scene):
    prompt = "a storm [sandbox:fail]"
    job = accepted(scene, prompt)
    scene.finish(job)
    for _ in range(4):
        scene.passes(minutes=5)
        scene.studio.account.jobs[0].body["told"] = "anew"
        scene.work()
    assert (scene.state(job), scene.posts(prompt), scene.paid(prompt)) == ("failed", 1, 1)
    assert Entry.objects.filter(kind="refund").count() == 1
    assert scene.books() == Books()
    page = scene.clip_page(job)
    assert "Failed · refunded" in page
    assert "The provider could not make this clip." in page
    assert page.count("Refunded 100 credits") == 1


def test_fault_28_a_charge_that_the_studio_corrects_is_corrected_here(scene: Scene):
    job = accepted(scene)
    scene.finish(job)
    made = scene.studio.account.jobs[0]
    for cost in (120, 90, 90, 110):
        scene.studio.account.credits += made.cost - cost
        made.cost = cost
        scene.passes(minutes=5)
        scene.work()
    assert fresh(job).charged == 110
    assert scene.books() == Books(charged=110, taken=110)
    assert "the studio reported another charge" in scene.clip_page(job)


def balances(scene: Scene, took: int, *, told: int = 2) -> str:
    """The page after the studio took credits and told its balance that often since."""
    scene.finish(accepted(scene, "the first tells the balance"))
    scene.studio.account.credits -= took
    for number in range(told):
        scene.finish(accepted(scene, f"and so does number {number}"))
    return scene.page("reconciliation")


UNEXPLAINED = re.compile("Unexplained [−+]")  # a difference with its figure


@pytest.mark.parametrize(
    ("took", "sentence"), [(70, "Unexplained −70 between"), (-1000, "Unexplained +1,000 between")]
)
def test_fault_29_a_change_of_the_balance_that_no_clip_explains_is_said(scene: Scene, took, sentence):
    page = balances(scene, took)
    assert sentence in page
    assert sentence in scene.page("history")
    assert sentence in scene.page("attention-list")
    assert scene.books() == Books(charged=300, taken=300 + took)


def test_fault_29_what_clips_explain_is_not_said(scene: Scene):
    scene.finish(accepted(scene, "the first tells the balance"))
    scene.studio.account.made_elsewhere(prompt="on the vendor's own site")
    scene.finish(accepted(scene, "this one is refunded [sandbox:fail]"))
    scene.finish(accepted(scene))
    scene.finish(accepted(scene, "one more"))
    assert "Made elsewhere" in scene.page("history")
    page = scene.page("reconciliation")
    assert not UNEXPLAINED.search(page)
    assert "match the ledger" in page


def test_fault_29_nothing_is_said_before_it_was_told_twice_or_while_a_clip_is_in_doubt(scene: Scene):
    assert not UNEXPLAINED.search(balances(scene, 70, told=1))
    scene.studio.fault("accept-then-reset")
    scene.ask("in doubt")
    scene.send()
    scene.work()
    page = scene.page("reconciliation")
    assert not UNEXPLAINED.search(page)
    assert "are compared once the outcome of a request is known." in page
