"""The sandbox as an Engine: what it takes, what it refuses, what it charges."""

import threading
from uuid import uuid4

import pytest
from django.db import connections

from studio.contract.errors import InsufficientCredits, InvalidRequest, NotFound
from studio.contract.request import GenerateRequest
from studio.sandbox.engine import Sandbox
from studio.sandbox.models import SandboxAccount, SandboxJob

LIGHTHOUSE = GenerateRequest(
    "veo31_fast", prompt="a lighthouse at dawn", aspect_ratio="16:9", duration_seconds=8
)
WAVES = GenerateRequest("kling_3_0", prompt="waves", aspect_ratio="16:9")


def test_a_newcomer_has_two_thousand_credits(sandbox):
    assert sandbox.models().credits_remaining == 2000
    assert sandbox.history().credits_remaining == 2000


def test_a_clip_is_charged_when_it_is_accepted(sandbox):
    accepted = sandbox.generate(LIGHTHOUSE)
    report = sandbox.status(accepted.job_ids[0])
    assert accepted.credits_remaining == 1900
    assert accepted.raw["credits_remaining_total"] == 1900
    assert (report.state, report.credits_charged, report.prompt) == ("pending", 100, "a lighthouse at dawn")


def test_sound_and_quality_are_priced_as_published(sandbox):
    sandbox.generate(
        GenerateRequest(
            "kling_3_0",
            prompt="waves",
            aspect_ratio="16:9",
            duration_seconds=5,
            quality_mode="pro",
            sound=True,
        )
    )
    assert sandbox.models().credits_remaining == 2000 - 5 * (27 + 7)


def test_a_length_that_is_not_said_is_the_first_that_the_model_offers(sandbox):
    (job_id,) = sandbox.generate(
        GenerateRequest("kling_3_0", prompt="waves", aspect_ratio="16:9", quality_mode="std")
    ).job_ids
    report = sandbox.status(job_id)
    assert (report.duration_seconds, report.credits_charged) == (3, 3 * 20)
    assert report.raw["provider_meta"]["effective_duration_seconds"] == 3


def test_sharing_in_the_directory_is_cheaper(sandbox):
    sandbox.generate(LIGHTHOUSE.but(prompt_directory_optin=True))
    assert sandbox.models().credits_remaining == 1910


def test_without_enough_credits_the_refusal_tells_both_figures(sandbox):
    SandboxAccount.objects.create(name="Sandbox", credits=94)
    with pytest.raises(InsufficientCredits) as refusal:
        sandbox.generate(LIGHTHOUSE)
    assert (refusal.value.required, refusal.value.available) == (100, 94)
    assert sandbox.models().credits_remaining == 94
    assert not SandboxJob.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"duration_seconds": 9}, "duration_seconds"),
        ({"aspect_ratio": "1:1"}, "aspect_ratio"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 5001}, "prompt"),
        ({"prompt": "[sandbox:reject] a lighthouse"}, "prompt"),
        ({"input_image_urls": tuple(f"https://example.com/{n}.png" for n in range(3))}, "input_image_urls"),
    ],
)
def test_a_bad_combination_is_refused_at_its_field_and_costs_nothing(sandbox, change, field):
    with pytest.raises(InvalidRequest) as refusal:
        sandbox.generate(LIGHTHOUSE.but(**change))
    assert refusal.value.field == field
    assert refusal.value.sentence.endswith(".")
    assert sandbox.models().credits_remaining == 2000


def test_an_unknown_model_and_an_unknown_job_are_not_found(sandbox):
    for ask in (
        lambda: sandbox.generate(LIGHTHOUSE.but(model_slug="veo99")),
        lambda: sandbox.status(str(uuid4())),
        lambda: sandbox.status("no id"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_history_is_newest_first_and_no_longer_than_asked(sandbox):
    ids = [sandbox.generate(LIGHTHOUSE.but(prompt=f"take {n}")).job_ids[0] for n in range(4)]
    assert [report.job_id for report in sandbox.history(3).jobs] == ids[:0:-1]
    assert len(sandbox.history(0).jobs) == 1
    assert sandbox.history(1000).jobs[-1].prompt == "take 0"


def test_two_accounts_do_not_see_each_others_jobs(sandbox):
    accepted = sandbox.generate(LIGHTHOUSE)
    other = Sandbox("Another")
    assert other.models().credits_remaining == 2000
    assert other.history().jobs == ()
    with pytest.raises(NotFound):
        other.status(accepted.job_ids[0])


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_never_overdraw_the_account():
    SandboxAccount.objects.create(name="Sandbox", credits=350)
    outcomes: list[str] = []

    def ask() -> None:
        try:
            Sandbox().generate(LIGHTHOUSE)
            outcomes.append("accepted")
        except InsufficientCredits:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["accepted"] * 3 + ["refused"] * 5
    assert SandboxAccount.objects.get().credits == 50
    assert SandboxJob.objects.count() == 3
