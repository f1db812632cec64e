"""When somebody has to say yes, and what follows."""

from typing import Any
from uuid import uuid4

import pytest

from studio.credits.models import DayTotal, SpendingRules
from studio.jobs.dispatch.sending import next_to_send
from studio.jobs.lifecycle import approvals, decisions
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Approval, Job
from studio.jobs.submit import Intent, submit
from studio.notify.models import Notification
from studio.projects.models import Project
from studio.team.errors import NotAllowed
from tests.factories import a_budget, a_job, a_manager, a_member, a_model, a_request, fresh
from tests.must import must

pytestmark = pytest.mark.django_db


def ask(**changes: Any) -> list[Job]:
    said: dict[str, Any] = {"owner": a_member(), "model": a_model(), "request": a_request(), "token": uuid4()}
    return submit(Intent(**{**said, **changes}))


def test_below_the_threshold_nobody_is_asked() -> None:
    SpendingRules.objects.create(pk=1, approve_from=101)
    assert ask()[0].state == "queued"


def test_from_the_threshold_on_all_clips_of_the_form_wait_together() -> None:
    SpendingRules.objects.create(pk=1, approve_from=200)
    jobs = ask(variations=2)
    assert [job.state for job in jobs] == ["approval", "approval"]
    approval = Approval.objects.get()
    assert approval.credits == 200
    assert approval.reasons == ["It costs 200 credits; requests of 200 or more need approval."]
    assert next_to_send(jobs[0].connection) is None


def test_a_project_has_a_threshold_of_its_own() -> None:
    SpendingRules.objects.create(pk=1, approve_from=100)
    free = Project.objects.create(name="Free", approve_from=1_000)
    assert ask(project=free)[0].state == "queued"


def test_over_a_soft_budget_somebody_has_to_approve() -> None:
    a_budget(150, is_hard=False)
    first, second = ask()[0], ask()[0]
    assert (first.state, second.state) == ("queued", "approval")
    assert "It goes over the budget" in Approval.objects.get().reasons[0]


def test_who_may_approve_asks_nobody() -> None:
    a_budget(50, is_hard=False)
    assert ask(owner=a_manager())[0].state == "queued"


UNKNOWN = "so its cost is not known before it is sent."


@pytest.mark.parametrize(
    ("published", "sentence"),
    [
        (
            {"amount": 0.9, "currency": "USD"},
            f"The price is not understood (as published: 0.9 USD), {UNKNOWN}",
        ),
        ("ask us", f"The price is not understood (as published: ask us), {UNKNOWN}"),
        (None, f"No price is published for these choices, {UNKNOWN}"),
        ({"by_duration": {"9": 50}}, f"No price is published for these choices, {UNKNOWN}"),
    ],
)
def test_a_price_that_nobody_knows_waits_where_spending_is_limited(published: object, sentence: str) -> None:
    a_budget(500)
    job = ask(model=a_model(credits=published))[0]
    assert (job.state, job.estimate) == ("approval", None)
    assert Approval.objects.get().reasons == [sentence]


@pytest.mark.parametrize(
    ("limit", "role", "state"),
    [
        ("hard", "member", "approval"),
        ("hard", "manager", "approval"),
        ("hard", "admin", "approval"),
        ("soft", "member", "approval"),
        ("soft", "manager", "queued"),
        ("threshold", "member", "approval"),
        ("threshold", "admin", "queued"),
        ("none", "member", "queued"),
        ("none", "admin", "queued"),
    ],
)
def test_whom_an_unknown_price_holds_back(limit: str, role: str, state: str) -> None:
    """A hard budget binds everyone; what else limits spending binds those who cannot approve it themselves."""
    if limit in ("hard", "soft"):
        a_budget(500, is_hard=limit == "hard")
    elif limit == "threshold":
        SpendingRules.objects.create(pk=1, approve_from=1_000)
    assert ask(owner=a_member(role=role), model=a_model(credits="$0.9"))[0].state == state


def test_a_hard_budget_of_others_holds_back_nobody() -> None:
    a_budget(500, scope="person", person=a_member("other@example.com"))
    assert ask(owner=a_manager(), model=a_model(credits="$0.9"))[0].state == "queued"


def test_a_manager_needs_another_ones_yes_where_there_is_one() -> None:
    a_budget(500)
    manager, colleague = a_manager(), a_member("admin@example.com", role="admin")
    job = ask(owner=manager, model=a_model(credits="$0.9"))[0]
    approval = Approval.objects.get()
    assert not approvals.may_decide(approval, manager)
    assert list(approvals.decidable_by(manager)) == []
    with pytest.raises(NotAllowed):
        approvals.approve(approval, manager)
    assert list(approvals.decidable_by(colleague)) == [approval]
    approvals.approve(approval, colleague)
    assert fresh(job).state == "queued"


@pytest.mark.parametrize("others", [[], ["member"], ["viewer"], ["gone"]])
def test_who_is_the_only_one_to_decide_confirms_an_unknown_price(others: list[str]) -> None:
    a_budget(500)
    manager = a_manager()
    for role in others:
        gone = {"role": "manager", "is_active": False} if role == "gone" else {"role": role}
        a_member("other@example.com", **gone)
    job = ask(owner=manager, model=a_model(credits="$0.9"))[0]
    approval = Approval.objects.get()
    assert list(approvals.decidable_by(manager)) == [approval]
    approvals.approve(approval, manager)
    assert fresh(job).state == "queued"
    assert not Notification.objects.filter(kind="approval_decided").exists()


def test_nobody_confirms_the_own_request_of_a_known_price() -> None:
    job = a_job("approval")
    job.owner.role = "manager"
    job.owner.save()
    assert not approvals.may_decide(must(job.submission.approval), job.owner)
    assert not approvals.decidable_by(job.owner).exists()


def test_what_waits_for_approval_holds_its_credits() -> None:
    job = a_job("approval")
    assert DayTotal.objects.get().held == job.estimate


def test_a_yes_puts_all_its_clips_into_the_queue_and_says_who() -> None:
    SpendingRules.objects.create(pk=1, approve_from=1)
    jobs = ask(variations=2)
    manager = a_manager()
    approvals.approve(Approval.objects.get(), manager, "For the launch.")
    assert {fresh(job).state for job in jobs} == {"queued"}
    event = must(jobs[0].events.last())
    assert (event.person, event.detail) == (manager, "Approved. For the launch.")
    assert next_to_send(jobs[0].connection) is not None


def test_a_no_frees_what_was_held_and_says_why() -> None:
    job = a_job("declined")
    assert (job.error, job.credits) == ("Not this month.", 0)
    assert DayTotal.objects.get(outcome="declined").held == 0


def test_of_two_decisions_one_counts() -> None:
    job = a_job("approval")
    approval = job.submission.approval
    stale = Approval.objects.get()
    approvals.approve(must(approval), a_manager())
    with pytest.raises(Moved):
        approvals.decline(stale, a_manager("second@example.com"))
    assert fresh(job).state == "queued"


def test_nobody_approves_the_own_request_and_no_member_approves_any() -> None:
    job = a_job("approval")
    with pytest.raises(NotAllowed):
        approvals.approve(must(job.submission.approval), a_member("colleague@example.com"))
    job.owner.role = "manager"
    job.owner.save()
    with pytest.raises(NotAllowed):
        approvals.approve(must(job.submission.approval), job.owner)


def test_with_the_last_clip_the_question_is_withdrawn() -> None:
    SpendingRules.objects.create(pk=1, approve_from=1)
    first, second = ask(variations=2)
    decisions.cancel(first.submission, first.owner)
    assert Approval.objects.get().verdict == ""
    decisions.cancel(second.submission, second.owner)
    assert Approval.objects.get().verdict == "withdrawn"
