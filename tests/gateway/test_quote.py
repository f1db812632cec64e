"""A quote: what a clip would cost, and whether it could be sent now. Nothing is made, sent or held."""

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from studio.contract.price import Estimate
from studio.credits.balance import note_balance
from studio.credits.models import Budget, Entry, SpendingRules
from studio.gateway import quote
from studio.gateway.models import Keyed
from studio.jobs.models import Job, Submission
from studio.jobs.money import token_budgets
from studio.notify.models import Hook
from studio.tokens.models import Scope
from tests.examples import examples
from tests.factories import a_budget, a_model, a_project, a_token
from tests.gateway.conftest import GENERATE, WISH, Script
from tests.rows import changed_tables, for_nothing

QUOTE = "/api/v1/video-studio/quote/"


def quoted(script: Script, **changes: object) -> dict:
    answer = script.post(QUOTE, {**WISH, **changes})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_published_price_is_quoted_and_nothing_is_made(script: Script, model) -> None:
    note_balance(model.connection_id, 438, timezone.now(), timezone.now())
    assert quoted(script) == {
        "success": True,
        "credits": 100,
        "basis": "published",
        "reason": "100 credits",
        "credits_remaining_after": 338,
        "needs_approval": False,
        "warnings": [],
    }
    for rows in (Job, Submission, Entry, Keyed, Hook):
        assert not rows.objects.exists()


def test_a_key_and_a_webhook_leave_nothing_behind(script: Script) -> None:
    body = {**WISH, "webhook_url": "https://hooks.example.com/clips"}
    with changed_tables({"gateway_call", "tokens_token"}) as changed:
        assert script.post(QUOTE, body, **{"Idempotency-Key": "order-17"}).status_code == 200
    assert not changed


def test_a_price_that_is_not_known_is_null(script: Script) -> None:
    a_model(credits="ask us")
    told = quoted(script)
    assert (told["credits"], told["basis"]) == (None, "unknown")
    assert "ask us" in told["reason"], "in the studio's own words"
    assert told["credits_remaining_after"] is None


def test_a_learned_price_is_quoted_as_such(script: Script, monkeypatch) -> None:
    found = Estimate(130, "learned from 12 clips: 100 to 130", source="learned", published=100)
    monkeypatch.setattr(quote, "price_of", lambda request, model: found)
    told = quoted(script)
    assert (told["credits"], told["basis"], told["reason"]) == (130, "learned", found.basis)


def test_what_is_left_is_that_of_the_balance_and_of_every_hard_budget(script: Script, model) -> None:
    assert quoted(script)["credits_remaining_after"] is None
    note_balance(model.connection_id, 2_000, timezone.now(), timezone.now())
    a_budget(limit=450)
    a_budget(limit=20, is_hard=False)
    assert quoted(script)["credits_remaining_after"] == 350
    project = a_project("Autumn", script.token.owner)
    a_budget(150, scope="project", project=project)
    token_budgets.move(script.token, project, by=script.token.owner)
    assert quoted(script)["credits_remaining_after"] == 50


def test_too_few_credits_are_a_warning_in_the_words_of_the_refusal(script: Script, model) -> None:
    a_budget(limit=60, scope=Budget.Scope.TOKEN, token=script.token)
    told, refused = quoted(script), script.ask()
    assert told["credits_remaining_after"] == -40
    (warning,) = told["warnings"]
    (error,) = refused.json()["errors"]
    assert warning == {"field": None, "message": f"{refused.json()['error']}. {error['message']}"}
    Budget.objects.all().delete()
    note_balance(model.connection_id, 94, timezone.now(), timezone.now())
    told, refused = quoted(script), script.ask()
    assert told["credits_remaining_after"] == -6
    assert told["warnings"][0]["message"] == f"Insufficient credits. {refused.json()['errors'][0]['message']}"


def test_what_has_to_be_approved_says_why(script: Script) -> None:
    SpendingRules.objects.create(pk=1, approve_from=50)
    told = quoted(script)
    assert told["needs_approval"] is True
    assert told["warnings"] == [
        {"field": None, "message": "It costs 100 credits; requests of 50 or more need approval."}
    ]


def test_a_flag_that_the_model_ignores_is_not_priced(script: Script) -> None:
    told = quoted(script, sound=True)
    assert told["credits"] == 100
    assert [warning["field"] for warning in told["warnings"]] == ["sound"]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "model_slug": st.sampled_from(["veo31_fast", "no_such_model"]) | ANY,
        "prompt": st.just("a lighthouse") | ANY,
        "aspect_ratio": st.sampled_from(["16:9", "3:1"]) | ANY,
        "duration_seconds": st.sampled_from([8, 8.0, 7, "8"]) | ANY,
        "quality_mode": ANY,
        "input_image_urls": st.just(["https://example.com/a.png"]) | ANY,
        "sound": ANY,
        "webhook_url": st.sampled_from(["https://hooks.example.com/", "http://127.0.0.1/"]) | ANY,
        "seedance_mode": ANY,
    },
)


@given(BODIES)
@hypothesis_settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_body_is_refused_as_a_request_for_a_clip_is(script: Script, settings, body: dict) -> None:
    settings.API_CLIPS_PER_MINUTE = settings.API_READS_PER_MINUTE = 100_000
    with for_nothing():
        quote = script.post(QUOTE, body)
    with for_nothing():
        generate = script.post(GENERATE, body)
    assert quote.status_code == generate.status_code
    if generate.status_code != 200:
        assert quote.json() == generate.json()
    else:
        assert quote.json()["warnings"] == generate.json()["warnings"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"prompt": "a", "prompt": "b"}', b" " * 70_000])
def test_a_body_that_is_no_request_is_refused_likewise(script: Script, body: bytes) -> None:
    quote, generate = script.post(QUOTE, body), script.post(GENERATE, body)
    assert (quote.status_code, quote.content) == (generate.status_code, generate.content)
    assert quote.status_code in (400, 413)


def test_a_closed_project_and_a_viewer_are_refused_as_they_are_there(script: Script) -> None:
    owner = script.token.owner
    token_budgets.move(script.token, a_project("Autumn", owner), by=owner)
    a_project("Autumn", owner, is_archived=True)
    refused = script.post(QUOTE, WISH)
    assert (refused.status_code, refused.json()) == (403, script.ask().json())
    owner.role = owner.Role.VIEWER
    owner.save()
    assert script.post(QUOTE, WISH).status_code == 403


def test_a_quote_is_a_read(script: Script, settings) -> None:
    """It counts among the reads, and a token that only makes clips gets none."""
    settings.API_CLIPS_PER_MINUTE = 1
    assert [script.post(QUOTE, WISH).status_code for _ in range(3)] == [200, 200, 200]
    assert Script(*a_token(script.token.owner, [Scope.GENERATE])).post(QUOTE, WISH).status_code == 403
    assert Script(*a_token(script.token.owner, [Scope.READ])).post(QUOTE, WISH).status_code == 200


def test_a_clip_is_held_at_the_quoted_price(script: Script) -> None:
    told = quoted(script)
    assert script.ask().status_code == 200
    assert Entry.objects.get(kind="hold").amount == told["credits"]
