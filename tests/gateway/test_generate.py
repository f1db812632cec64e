"""A script asks for a clip: what is made of it, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from studio.audit.models import Entry as AuditEntry
from studio.catalog import hooks
from studio.catalog.models import Connection
from studio.contract.errors import InsufficientCredits, InvalidRequest, Refused
from studio.contract.price import estimate
from studio.credits.balance import note_balance
from studio.credits.models import Budget, Entry, SpendingRules
from studio.gateway import generate
from studio.jobs.dispatch.sending import LEASE
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job, Submission
from studio.jobs.money import estimating, token_budgets
from studio.jobs.money.token_budgets import TokenBudget
from studio.jobs.states import JobState, SubmissionState
from studio.notify.models import Hook, RequestSecret
from studio.projects.models import Project
from tests.factories import a_budget, a_job, a_manager, a_model, a_project, a_token
from tests.gateway.conftest import GENERATE, WISH, Script, at_fault
from tests.must import must

LEGACY = "/api/v1/generate/video/"


def answered_by_the_studio(monkeypatch, error: Refused) -> None:
    """While the answer waits, the studio says no."""

    def refuse(is_over: object) -> None:
        submission = Submission.objects.get(state="queued")
        machine.refuse(machine.claim(submission, LEASE), error)

    monkeypatch.setattr(generate, "_wait", refuse)


def test_a_clip_is_asked_for_as_the_member_and_by_the_token(script: Script) -> None:
    answer = script.ask()
    job = Job.objects.get()
    assert answer.json() == {
        "success": True,
        "job_ids": [str(job.public_id)],
        "credits_remaining_total": None,
        "warnings": [],
    }
    assert (job.owner, job.api_token, job.state) == (script.token.owner, script.token, "queued")
    assert Entry.objects.get(kind="hold").token == script.token
    asked = AuditEntry.objects.get(action="clip.asked")
    assert (asked.by_id, asked.detail["token"]) == (script.token.owner_id, "Night script")
    assert asked.detail["token_number"] == script.token.pk, "another may have the same name"


def test_what_is_left_is_told_of_the_balance_and_of_the_tightest_budget(script: Script, model) -> None:
    note_balance(model.connection_id, 2_000, timezone.now(), timezone.now())
    assert script.ask().json()["credits_remaining_total"] == 1_900
    a_budget(limit=450)
    assert script.ask().json()["credits_remaining_total"] == 250


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"duration_seconds": 7}, "duration_seconds"),
        ({"duration_seconds": "8"}, "duration_seconds"),
        ({"duration_seconds": True}, "duration_seconds"),
        ({"duration_seconds": 8.5}, "duration_seconds"),
        ({"aspect_ratio": "3:1"}, "aspect_ratio"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": ["a"]}, "prompt"),
        ({"sound": "yes"}, "sound"),
        ({"input_image_urls": "https://example.com/a.png"}, "input_image_urls"),
        ({"input_image_urls": ["ftp://example.com/a.png"]}, "input_image_urls"),
        ({"input_video_urls": ["https://example.com/a.mp4"]}, "input_video_urls"),
        ({"model_slug": None}, "model_slug"),
    ],
)
def test_a_request_that_breaks_a_rule_names_the_field(script: Script, change, field) -> None:
    answer = script.ask(**change)
    assert answer.status_code == 400
    assert at_fault(answer) == [field]
    assert not Job.objects.exists()


def test_a_field_that_nobody_knows_is_refused_rather_than_paid_for(script: Script) -> None:
    answer = script.ask(seedance_mode="fast")
    assert (answer.status_code, "seedance_mode" in answer.json()["error"]) == (400, True)


# ── Fields that are only used on some models ─────────────────────────────────────────────────────────────
IGNORED = {
    flag: f"Veo 3.1 Fast does not use {flag} for this request, so it was ignored."
    for flag in ("sound", "prompt_directory_optin")
}


@pytest.mark.parametrize("flags", [["sound"], ["prompt_directory_optin"], [*IGNORED]])
def test_a_flag_that_the_model_does_not_use_is_ignored_with_a_warning(script: Script, flags: list) -> None:
    a_model(directory_discount=None)
    answer = script.ask(**dict.fromkeys(flags, True))
    assert answer.status_code == 200
    assert answer.json()["warnings"] == [{"field": flag, "message": IGNORED[flag]} for flag in flags]
    job = Job.objects.get()
    assert job.request == Submission.objects.get().request == WISH, "neither sent nor stored"
    assert job.estimate == 100
    told = script.get(f"/api/v1/video-studio/status/{job.public_id}/").json()["job"]
    assert not set(told) & set(IGNORED)


def test_a_flag_that_is_off_is_ignored_silently(script: Script) -> None:
    a_model(directory_discount=None)
    answer = script.ask(**dict.fromkeys(IGNORED, False))
    assert answer.json()["warnings"] == []
    assert Job.objects.get().request == WISH


def test_a_flag_that_the_model_uses_is_kept(script: Script) -> None:
    a_model(sound=True)
    answer = script.ask(**dict.fromkeys(IGNORED, True))
    assert (answer.status_code, answer.json()["warnings"]) == (200, [])
    assert Job.objects.get().request == {**WISH, **dict.fromkeys(IGNORED, True)}


@pytest.mark.parametrize("flag", [*IGNORED])
def test_a_flag_must_be_one_on_every_model(script: Script, flag: str) -> None:
    answer = script.ask(**{flag: "yes"})
    assert (answer.status_code, at_fault(answer)) == (400, [flag])


def test_the_same_request_sent_again_has_the_same_warnings(script: Script, model) -> None:
    key = {"Idempotency-Key": "order-17"}
    first = script.post(GENERATE, {**WISH, "sound": True}, **key).json()
    model.delete()
    assert script.post(GENERATE, {**WISH, "sound": True}, **key).json()["warnings"] == first["warnings"] != []


# ── The API's own words ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("also", [{}, {"aspect_ratio": "3:1"}])
def test_a_duration_that_is_not_offered_is_refused_in_the_api_s_words(script: Script, also: dict) -> None:
    answer = script.ask(duration_seconds=7, **also)
    assert answer.json()["error"] == "Invalid duration for this model"
    assert set(at_fault(answer)) == {"duration_seconds", *also}
    details = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert details["duration_seconds"] == "Veo 3.1 Fast makes clips of 8 s; 7 s is not offered."


def test_null_says_nothing_and_eight_is_eight_however_it_is_written(script: Script) -> None:
    assert script.ask(quality_mode=None, sound=None, duration_seconds=8.0).status_code == 200
    assert Job.objects.get().request == WISH


def test_a_model_that_is_not_there_is_not_found(script: Script) -> None:
    assert script.ask(model_slug="no_such_model").status_code == 404


def test_a_budget_that_ends_is_told_as_too_few_credits(script: Script) -> None:
    a_budget(limit=150, scope=Budget.Scope.TOKEN, token=script.token)
    assert script.ask().json()["credits_remaining_total"] == 50
    refused = script.ask()
    assert refused.status_code == 402
    assert (refused.json()["credits_required"], refused.json()["credits_available"]) == (100, 50)
    assert refused.json()["error"] == "Insufficient credits"
    (detail,) = refused.json()["errors"]
    assert detail["field"] is None
    assert detail["message"].startswith("This needs 100 credits; the budget “Night script")


def test_a_tokens_own_budget_is_hard_and_begins_anew_with_its_period(script: Script) -> None:
    with time_machine.travel("2026-11-25T10:00:00Z", tick=False):
        token_budgets.set_budget(script.token, TokenBudget(150, Budget.Period.DAY), by=script.token.owner)
        assert script.ask().json()["credits_remaining_total"] == 50
        refused = script.ask()
        told = refused.json()
        assert (refused.status_code, told["credits_required"], told["credits_available"]) == (402, 100, 50)
        assert Script(*a_token(script.token.owner)).ask().status_code == 200, "of another token"
    with time_machine.travel("2026-11-26T10:00:00Z", tick=False):
        assert script.ask().status_code == 200


def test_a_balance_that_was_just_told_saves_asking_the_studio(script: Script, model) -> None:
    note_balance(model.connection_id, 94, timezone.now(), timezone.now())
    refused = script.ask()
    assert refused.json() == {
        "success": False,
        "error": "Insufficient credits",
        "errors": [{"field": None, "message": "This needs 100 credits; the studio has 94 left."}],
        "credits_required": 100,
        "credits_available": 94,
    }
    assert not Job.objects.exists()


def test_an_older_balance_is_not_believed_to_be_too_low(script: Script, model) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    note_balance(model.connection_id, 94, long_ago, long_ago)
    assert script.ask().status_code == 200


def test_what_has_to_be_approved_is_pending(script: Script) -> None:
    SpendingRules.objects.create(pk=1, approve_from=1)
    (job_id,) = script.ask().json()["job_ids"]
    assert Job.objects.get().state == JobState.APPROVAL
    assert script.get(f"/api/v1/video-studio/status/{job_id}/").json()["job"]["status"] == "pending"


def test_a_viewer_s_token_makes_no_clips(script: Script) -> None:
    owner = script.token.owner
    owner.role = owner.Role.VIEWER
    owner.save()
    assert script.ask().status_code == 403


def test_a_clip_is_made_in_the_project_of_the_token(script: Script) -> None:
    project = a_project("Autumn", script.token.owner)
    a_budget(150, scope="project", project=project)
    token_budgets.move(script.token, project, by=script.token.owner)
    asked = script.ask().json()
    assert Job.objects.get().project == project
    assert asked["credits_remaining_total"] == 50
    refused = script.ask()
    assert refused.status_code == 402
    assert (refused.json()["credits_required"], refused.json()["credits_available"]) == (100, 50)


@pytest.mark.parametrize("closed", ["archived", "left"])
def test_a_token_whose_project_is_closed_to_its_member_makes_no_clips(script: Script, closed: str) -> None:
    """They would be booked on somebody else's costs: nothing is guessed."""
    owner = script.token.owner
    token_budgets.move(script.token, a_project("Autumn", owner), by=owner)
    a_project("Autumn", a_manager(), is_archived=closed == "archived")
    refused = script.ask()
    assert refused.status_code == 403
    assert "Autumn" in refused.json()["error"]
    assert not Job.objects.exists()
    token_budgets.move(script.token, Project.objects.general(), by=owner)
    assert script.ask().status_code == 200


def test_a_request_names_where_it_wants_to_be_told_of_the_end(script: Script) -> None:
    for _ in range(2):
        assert script.ask(webhook_url="https://hooks.example.com/clips").status_code == 200
    first, second = Job.objects.select_related("hook").order_by("pk")
    assert first.hook == second.hook
    assert (must(first.hook).host, first.request) == ("hooks.example.com", WISH)


@pytest.mark.parametrize(
    "url", ["", 7, "here", "http://hooks.example.com/", "https://127.0.0.1/", "https://a b/"]
)
def test_an_address_that_may_not_be_called_is_refused(script: Script, url: object) -> None:
    answer = script.ask(webhook_url=url)
    assert (answer.status_code, at_fault(answer)) == (400, ["webhook_url"])
    assert not Job.objects.exists()


def test_what_a_refused_request_names_is_not_kept(script: Script) -> None:
    a_budget(limit=50)
    assert script.ask(webhook_url="https://hooks.example.com/clips?of=1").status_code == 402
    assert (
        script.ask(webhook_url="https://hooks.example.com/clips?of=2", duration_seconds=7).status_code == 400
    )
    assert not Hook.objects.exists()


def test_what_could_not_be_signed_is_refused_rather_than_never_told(script: Script) -> None:
    url = "https://hooks.example.com/clips"
    assert script.ask(webhook_url=url).status_code == 200
    RequestSecret.objects.update(sealed="by another encryption key")
    refused = script.ask(webhook_url=url)
    assert refused.status_code == 503
    assert "Make a new one under Notifications" in refused.json()["error"]
    assert Job.objects.count() == 1
    hooks.new_request_secret(script.token.owner, by=script.token.owner)
    assert script.ask(webhook_url=url).status_code == 200


# ── The studio's own answer ─────────────────────────────────────────────────────────────────────────────
def test_a_refusal_of_the_studio_is_the_answer_to_the_request(script: Script, monkeypatch) -> None:
    answered_by_the_studio(monkeypatch, InvalidRequest("The prompt was refused.", "prompt"))
    answer = script.ask()
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "prompt", "message": "The prompt was refused."}]
    assert script.get("/api/v1/video-studio/history/").json()["jobs"] == []


def test_what_the_model_does_not_take_is_refused_for_that_also_without_credits(script: Script, model) -> None:
    """Which credits would not mend."""
    note_balance(model.connection_id, 94, timezone.now(), timezone.now())
    answer = script.ask(duration_seconds=5)
    assert (answer.status_code, at_fault(answer)) == (400, ["duration_seconds"])


def test_too_few_credits_there_are_told_and_the_request_waits_for_no_top_up(
    script: Script, monkeypatch
) -> None:
    answered_by_the_studio(monkeypatch, InsufficientCredits("No.", 100, 94))
    answer = script.ask()
    assert answer.status_code == 402
    assert (answer.json()["credits_required"], answer.json()["credits_available"]) == (100, 94)
    assert answer.json()["error"] == "Insufficient credits"
    (detail,) = answer.json()["errors"]
    assert detail["message"].startswith("This needs 100 credits; ")
    assert Job.objects.get().state == JobState.CANCELLED
    assert script.get("/api/v1/video-studio/history/").json()["jobs"] == []


def test_a_request_topped_up_and_cancelled_by_another_is_no_lack_of_credits(
    script: Script, monkeypatch
) -> None:
    """The answer to this one finds it cancelled, and no figure any more of what it would have needed."""

    def too_late(submission: Submission, person: object) -> None:
        Submission.objects.filter(pk=submission.pk).update(state=SubmissionState.CANCELLED, blocked_for=None)
        raise Moved

    answered_by_the_studio(monkeypatch, InsufficientCredits("No.", 100, 94))
    monkeypatch.setattr(generate, "cancel", too_late)
    logged = []
    monkeypatch.setattr(generate.log, "exception", lambda *said: logged.append(said))
    assert script.ask().status_code == 200
    assert logged == []


def test_only_so_many_wait_at_once_and_the_others_are_pending(script: Script, monkeypatch) -> None:
    def wait(is_over: object) -> None:
        raise AssertionError("No thread was left to wait.")

    monkeypatch.setattr(generate, "_wait", wait)
    for _ in range(generate.WAITING_AT_ONCE):
        assert generate._waiting.acquire(blocking=False)
    try:
        assert script.ask().status_code == 200
    finally:
        generate._waiting.release(generate.WAITING_AT_ONCE)


def test_nobody_waits_for_the_end_of_a_limit(script: Script, model, monkeypatch) -> None:
    def wait(is_over: object) -> None:
        raise AssertionError("It would be sent in a minute at the earliest.")

    monkeypatch.setattr(generate, "_wait", wait)
    Connection.objects.update(send_after=timezone.now() + timedelta(minutes=1))
    (job_id,) = script.ask().json()["job_ids"]
    assert script.get(f"/api/v1/video-studio/status/{job_id}/").json()["job"]["status"] == "pending"


def test_while_a_clip_waits_for_credits_what_costs_more_is_refused_however_old_the_balance(
    script: Script,
) -> None:
    """It would not be sent until a top-up."""
    a_job("blocked")
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        refused = script.ask()
    assert refused.status_code == 402
    assert (refused.json()["credits_required"], refused.json()["credits_available"]) == (100, 94)
    assert Job.objects.get().state == JobState.BLOCKED


def test_once_the_job_stands_no_fault_of_ours_makes_a_script_ask_for_it_again(
    script: Script, monkeypatch, caplog
) -> None:
    """Clients try again by themselves after 5xx, and this one has no Idempotency-Key."""
    monkeypatch.setattr(generate, "remaining_beside", lambda *_: 1 / 0)
    answer = script.ask()
    assert answer.status_code == 200
    assert answer.json()["job_ids"] == [str(Job.objects.get().public_id)]
    assert answer.json()["credits_remaining_total"] is None
    assert "ZeroDivisionError" in caplog.text


# ── The older call ──────────────────────────────────────────────────────────────────────────────────────
def test_the_older_call_asks_for_a_model_of_today(script: Script) -> None:
    answer = script.post(LEGACY, {"prompt": "a lighthouse", "aspect_ratio": "9:16"}).json()
    job = Job.objects.get()
    assert job.request == {**WISH, "aspect_ratio": "9:16"}
    assert answer["data"]["generation_id"] == str(job.public_id)
    assert (answer["data"]["video_model"], answer["data"]["credits_used"]) == ("veo3_fast", 100)
    told = script.get(f"/api/v1/generate/{job.public_id}/").json()
    assert (told["id"], told["status"], told["video_url"]) == (str(job.public_id), "GENERATING", None)


def test_the_older_call_takes_pictures_by_their_older_name(script: Script) -> None:
    script.post(LEGACY, {"prompt": "a lighthouse", "source_image_urls": ["https://example.com/a.png"]})
    assert Job.objects.get().request["input_image_urls"] == ["https://example.com/a.png"]


@pytest.mark.parametrize("pictures", ["https://example.com/a.png", ["ftp://example.com/a.png"], [1]])
def test_the_older_call_refuses_a_field_by_its_older_name(script: Script, pictures: object) -> None:
    answer = script.post(LEGACY, {"prompt": "a lighthouse", "source_image_urls": pictures})
    assert (answer.status_code, at_fault(answer)) == (400, ["source_image_urls"])
    assert "input_image_urls" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"video_model": "sora"}, 400),
        ({"video_model": []}, 400),
        ({"aspect_ratio": "1:1"}, 400),
        ({"prompt": 7}, 400),
        ({"prompt": ""}, 400),
        ({"watermark": "x"}, 400),
        ({"video_model": "veo3"}, 404),  # none of its successors is offered here
    ],
)
def test_the_older_call_refuses_what_it_cannot_translate(script: Script, body, status) -> None:
    assert script.post(LEGACY, {"prompt": "a lighthouse", **body}).status_code == status
    assert not Job.objects.exists()


def test_a_request_computes_the_price_once(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []
    really = estimate

    def counted(*said: Any) -> Any:
        computed.append(said)
        return really(*said)

    monkeypatch.setattr(estimating, "estimate", counted)
    for _ in range(2):  # the second is answered with the clip of the first
        assert script.post(GENERATE, WISH, **{"Idempotency-Key": "order-17"}).status_code == 200
        assert len(computed) == 1
