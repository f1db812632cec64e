"""From the form to the queue: what ``submit`` writes, and what it refuses."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.utils import timezone

from studio.audit.models import Entry as AuditEntry
from studio.credits.balance import note_balance
from studio.credits.models import Budget, Entry
from studio.jobs.models import Event, Job, Submission
from studio.jobs.submit import CannotSubmit, Intent, expected_seconds, submit
from studio.notify.kinds import Kind
from studio.notify.models import Notification
from tests.factories import a_budget, a_job, a_manager, a_member, a_model, a_project, a_request, a_token

pytestmark = pytest.mark.django_db


def an_intent(**changes: Any) -> Intent:
    usual = {"owner": a_member(), "model": a_model(), "request": a_request(), "token": uuid4()}
    return Intent(**{**usual, **changes})


def refusal_of(intent: Intent) -> CannotSubmit:
    """The refusal, after which nothing is written: no row, no credits, no entry in the audit log."""
    written = (Submission, Job, Event, Entry, AuditEntry)
    before = [rows.objects.count() for rows in written]
    with pytest.raises(CannotSubmit) as refused:
        submit(intent)
    assert [rows.objects.count() for rows in written] == before
    return refused.value


def all_at_once(intents: list[Intent]) -> list[list[int] | str]:
    """Of each: its jobs, or the sentence that refused it."""
    together = threading.Barrier(len(intents))
    outcomes: list[list[int] | str] = []

    def one(intent: Intent) -> None:
        try:
            together.wait(30)
            outcomes.append([job.pk for job in submit(intent)])
        except CannotSubmit as refusal:
            outcomes.append(refusal.sentence)
        finally:
            database.close()

    threads = [threading.Thread(target=one, args=[intent]) for intent in intents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


# ── What is written ─────────────────────────────────────────────────────────────────────────────────────
def test_each_variation_is_one_submission() -> None:
    jobs = submit(an_intent(variations=3))
    assert [job.submission.variation for job in jobs] == [1, 2, 3]
    assert Submission.objects.count() == 3


def test_each_clip_holds_its_credits_and_begins_its_timeline() -> None:
    intent = an_intent(variations=2)
    jobs = submit(intent)
    assert [(hold.job_id, hold.kind, hold.amount) for hold in Entry.objects.order_by("pk")] == [
        (job.pk, Entry.Kind.HOLD, 100) for job in jobs
    ]
    events = Event.objects.order_by("pk").values_list("job", "what", "person")
    assert list(events) == [(job.pk, "queued", intent.owner.pk) for job in jobs]
    assert [job.estimate for job in jobs] == [100, 100]


def test_one_form_is_one_entry_in_the_audit_log_without_its_prompt() -> None:
    intent = an_intent(variations=3, request=a_request(prompt="the secret lighthouse"))
    jobs = submit(intent)
    entry = AuditEntry.objects.get(action="clip.asked")
    assert (entry.by_id, entry.about) == (intent.owner.pk, f"job:{jobs[0].pk}")
    assert entry.detail == {"model": "veo31_fast", "credits": 300, "variations": 3}
    assert "secret" not in str(entry.facts())


def test_a_script_s_clip_names_its_token_in_the_row_and_in_the_audit_log() -> None:
    owner = a_member()
    token, _ = a_token(owner)
    (job,) = submit(an_intent(owner=owner, api_token=token))
    assert (job.api_token, Entry.objects.get().token) == (token, token)
    assert AuditEntry.objects.get(action="clip.asked").detail["token_number"] == token.pk


def test_a_private_clip_is_private_from_its_first_row_on() -> None:
    intent = an_intent(is_private=True, request=a_request(prompt="the secret lighthouse"))
    submit(intent)
    seen = Job.objects.for_user(a_manager()).get()
    assert (seen.is_private, seen.is_hidden, "secret" in seen.prompt) == (True, True, False)
    assert Job.objects.for_user(intent.owner).get().prompt == "the secret lighthouse"


def test_a_clip_without_a_project_belongs_to_the_general_one() -> None:
    (general,) = submit(an_intent())
    named = a_project("Lighthouses")
    (job,) = submit(an_intent(project=named))
    assert (general.project.is_general, job.project) == (True, named)


# ── Once ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_form_that_is_sent_twice_is_one_intent() -> None:
    intent = an_intent(variations=2)
    assert submit(intent) == submit(intent)
    assert (Job.objects.count(), Entry.objects.count(), AuditEntry.objects.count()) == (2, 2, 1)


def test_a_form_that_is_sent_again_finds_its_clips_after_its_model_was_retired() -> None:
    intent = an_intent()
    made = submit(intent)
    intent.model.retired_at = timezone.now()
    assert submit(intent) == made


@pytest.mark.django_db(transaction=True)
def test_a_form_that_arrives_many_times_at_once_is_paid_for_once() -> None:
    outcomes = all_at_once([an_intent(variations=2)] * 8)
    assert len(outcomes) == 8
    assert len({str(outcome) for outcome in outcomes}) == 1
    assert (Job.objects.count(), Entry.objects.count(), AuditEntry.objects.count()) == (2, 2, 1)


# ── Refused ─────────────────────────────────────────────────────────────────────────────────────────────
def test_a_request_the_model_does_not_take_writes_nothing() -> None:
    assert "duration_seconds" in refusal_of(an_intent(request=a_request(duration_seconds=5))).errors


@pytest.mark.parametrize("number", [0, 5, -1])
def test_the_number_of_variations_is_bounded(number: int) -> None:
    assert refusal_of(an_intent(variations=number)).errors.keys() == {"variations"}


def test_a_retired_model_is_not_sent() -> None:
    model = a_model()
    a_model(model.connection, model_slug="another_model")
    model.refresh_from_db()
    assert refusal_of(an_intent(model=model)).errors.keys() == {"model_slug"}


def test_a_viewer_submits_nothing() -> None:
    viewer = a_member("viewer@example.com", role="viewer")
    assert refusal_of(an_intent(owner=viewer)).errors.keys() == {""}


def test_what_is_published_cannot_be_private() -> None:
    intent = an_intent(is_private=True, request=a_request(prompt_directory_optin=True))
    assert refusal_of(intent).errors.keys() == {"is_private"}


def test_a_closed_project_takes_no_clip() -> None:
    project = a_project("Lighthouses")
    project.archived_at = timezone.now()
    project.save()
    assert refusal_of(an_intent(project=project)).errors.keys() == {"project"}


# ── Credits ─────────────────────────────────────────────────────────────────────────────────────────────
def test_a_hard_budget_refuses_what_it_does_not_cover_and_gives_the_figures() -> None:
    budget = a_budget(limit=250)
    refusal = refusal_of(an_intent(variations=3))
    assert refusal.short is not None
    assert refusal.short.budget == budget
    assert refusal.lack is not None
    assert (refusal.lack.required, refusal.lack.available) == (300, 250)


def test_what_goes_over_a_soft_budget_waits_for_approval() -> None:
    a_budget(limit=150, is_hard=False)
    jobs = submit(an_intent(variations=2))
    assert {job.state for job in jobs} == {job.submission.state for job in jobs} == {"approval"}
    assert jobs[0].submission.approval == jobs[1].submission.approval


def test_whoever_takes_a_budget_to_its_limit_is_told() -> None:
    intent = an_intent()
    a_budget(limit=100)
    submit(intent)
    assert Notification.objects.filter(kind=Kind.BUDGET_SPENT, person=intent.owner).exists()


@pytest.mark.parametrize(("refuse_shortage", "is_refused"), [(True, True), (False, False)])
def test_a_known_lack_of_credits_refuses_only_who_asked_for_that(
    refuse_shortage: bool, is_refused: bool
) -> None:
    intent = an_intent(refuse_shortage=refuse_shortage)
    note_balance(intent.model.connection_id, 60, timezone.now(), timezone.now())
    if not is_refused:
        assert submit(intent)[0].state == "queued"
        return
    lack = refusal_of(intent).lack
    assert lack is not None
    assert (lack.required, lack.available) == (100, 60)


@pytest.mark.django_db(transaction=True)
def test_the_last_credits_of_a_budget_are_held_once_by_two_who_compete_for_them() -> None:
    a_budget(limit=100, scope=Budget.Scope.TEAM)
    model = a_model()
    owners = [a_member(), a_member("other@example.com")]
    outcomes = all_at_once([an_intent(owner=owner, model=model) for owner in owners])
    assert sorted(isinstance(outcome, str) for outcome in outcomes) == [False, True]
    assert (Job.objects.count(), Entry.objects.get().amount) == (1, 100)


# ── How long it takes ───────────────────────────────────────────────────────────────────────────────────
def test_the_expected_time_is_the_median_of_past_clips() -> None:
    for seconds in (10, 30, 80):
        job = a_job("completed")
        assert job.accepted_at is not None
        Job.objects.filter(pk=job.pk).update(finished_at=job.accepted_at + timedelta(seconds=seconds))
    assert expected_seconds(job.connection_id, "veo31_fast") == 30


def test_nothing_is_expected_before_the_first_clip() -> None:
    assert expected_seconds(a_model().connection_id, "veo31_fast") is None
