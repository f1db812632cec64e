"""Under an Idempotency-Key a request is sent again without harm: the same key and body are the same clip."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from studio.contract.errors import InsufficientCredits
from studio.credits.balance import note_balance
from studio.gateway import generate
from studio.gateway.idempotency import ANY_BODY
from studio.gateway.models import Keyed
from studio.jobs.models import Job
from tests.factories import a_budget, a_token
from tests.gateway.conftest import GENERATE, WISH, Script
from tests.gateway.test_generate import answered_by_the_studio
from tests.responses import Response

KEY = {"Idempotency-Key": "order-17"}


def test_the_same_key_and_body_make_one_clip(script: Script) -> None:
    first, second = (script.post(GENERATE, WISH, **KEY) for _ in range(2))
    assert first.json()["job_ids"] == second.json()["job_ids"]
    assert Job.objects.count() == 1


def test_the_order_of_the_fields_does_not_matter_to_a_key(script: Script) -> None:
    script.post(GENERATE, WISH, **KEY)
    assert script.post(GENERATE, dict(reversed(WISH.items())), **KEY).status_code == 200


def test_a_key_with_another_body_is_refused(script: Script) -> None:
    script.post(GENERATE, WISH, **KEY)
    assert script.post(GENERATE, {**WISH, "prompt": "a storm"}, **KEY).status_code == 422
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"duration_seconds": 7}, {"duration_seconds": "8"}, {"model_slug": "none"}]
)
def test_what_was_refused_may_be_corrected_under_its_key(script: Script, wrong: dict) -> None:
    """Nothing was made of it; what is made then is held to its own body."""
    assert script.post(GENERATE, {**WISH, **wrong}, **KEY).status_code in (400, 404)
    assert script.post(GENERATE, WISH, **KEY).status_code == 200
    assert script.post(GENERATE, {**WISH, **wrong}, **KEY).status_code in (400, 404, 422)
    assert script.post(GENERATE, {**WISH, "prompt": "a storm"}, **KEY).status_code == 422
    assert Job.objects.count() == 1


def test_a_key_whose_twin_was_accepted_while_it_was_refused_takes_no_other_body(script: Script) -> None:
    """That would be answered with the twin's clip."""
    script.post(GENERATE, WISH, **KEY)
    Keyed.objects.update(fingerprint=ANY_BODY)  # as the refusal leaves it that comes a moment late
    assert script.post(GENERATE, {**WISH, "prompt": "a storm"}, **KEY).status_code == 422
    assert Job.objects.count() == 1


def test_what_a_budget_refused_may_be_changed_under_its_key(script: Script) -> None:
    budget = a_budget(limit=50)
    assert script.post(GENERATE, WISH, **KEY).status_code == 402
    budget.limit = 150
    budget.save()
    assert script.post(GENERATE, {**WISH, "prompt": "a storm"}, **KEY).status_code == 200
    assert script.post(GENERATE, WISH, **KEY).status_code == 422
    assert Job.objects.count() == 1


def test_under_its_key_a_clip_is_found_whatever_has_become_of_its_model(script: Script, model) -> None:
    first = script.post(GENERATE, WISH, **KEY).json()
    model.retired_at = timezone.now()
    model.save()
    assert script.post(GENERATE, WISH, **KEY).json() == first
    assert script.post(GENERATE, WISH).status_code == 404
    assert Job.objects.count() == 1


def test_a_key_is_its_token_s_own(script: Script) -> None:
    other = Script(*a_token(script.token.owner, name="Another"))
    ids = {tuple(one.post(GENERATE, WISH, **KEY).json()["job_ids"]) for one in (script, other)}
    assert len(ids) == 2


def test_a_key_is_forgotten_after_a_day(script: Script) -> None:
    with time_machine.travel(timezone.now()) as clock:
        script.post(GENERATE, WISH, **KEY)
        clock.shift(timedelta(hours=23))
        script.post(GENERATE, WISH, **KEY)
        assert Job.objects.count() == 1
        clock.shift(timedelta(hours=2))
        script.post(GENERATE, WISH, **KEY)
    assert Job.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "ümlaut", "two words"])
def test_a_key_that_is_none_is_refused(script: Script, key: str) -> None:
    assert script.post(GENERATE, WISH, **{"Idempotency-Key": key}).status_code == 400
    assert not Job.objects.exists()


def test_what_the_studio_refused_may_be_tried_again_under_its_key(script: Script, monkeypatch) -> None:
    with monkeypatch.context() as patched:
        answered_by_the_studio(patched, InsufficientCredits("No.", 100, 94))
        assert script.post(GENERATE, WISH, **KEY).status_code == 402
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):  # the balance is older news by then
        assert script.post(GENERATE, WISH, **KEY).status_code == 200
        assert script.post(GENERATE, {**WISH, "prompt": "a storm"}, **KEY).status_code == 422
    assert set(Job.objects.values_list("state", flat=True)) == {"cancelled", "queued"}


def test_a_key_holds_although_the_credits_are_used_up_by_its_own_clip(script: Script, model) -> None:
    note_balance(model.connection_id, 150, timezone.now(), timezone.now())
    a_budget(limit=150)
    first, second = (script.post(GENERATE, WISH, **KEY).json() for _ in range(2))
    assert first["job_ids"] == second["job_ids"]


def test_all_who_asked_under_one_key_are_told_of_too_few_credits(script: Script, monkeypatch) -> None:
    twins: list[Response] = []

    def ask_twice(is_over: object) -> None:
        """While the first waits, the studio refuses, and the second is told so."""
        answered_by_the_studio(monkeypatch, InsufficientCredits("No.", 100, 94))
        twins.append(script.post(GENERATE, WISH, **KEY))

    monkeypatch.setattr(generate, "_wait", ask_twice)
    twins.append(script.post(GENERATE, WISH, **KEY))
    assert [twin.status_code for twin in twins] == [402, 402]
    assert Job.objects.count() == 1
