"""The pages of budgets: how they stand, setting them, and what the create page says of them."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from studio.audit.models import Entry as AuditEntry
from studio.credits.models import Budget, BudgetRequest, SpendingRules
from studio.jobs.models import Job
from studio.notify.models import Notification
from studio.projects.models import Project
from studio.team.models import Member
from tests.dashboard.reading import text_of
from tests.factories import a_budget, a_job, a_manager, a_model

pytestmark = pytest.mark.django_db
WISH = {"model_slug": "veo31_fast", "prompt": "a lighthouse", "aspect_ratio": "16:9", "duration_seconds": "8"}


@pytest.fixture
def as_manager() -> Client:
    client = Client()
    client.force_login(a_manager())
    return client


def wish(**changes: Any) -> dict[str, Any]:
    return {**WISH, "variations": "1", "token": str(uuid4()), **changes}


def new_budget(**changes: Any) -> dict[str, Any]:
    return {"scope": "team", "limit": "500", "period": "month", "strength": "hard", **changes}


def test_a_budget_is_set_and_shown_with_what_was_spent_of_it(as_manager: Client) -> None:
    a_job("completed")
    made = as_manager.post("/credits/budgets/add/", new_budget(), follow=True)
    said = text_of(made)
    assert "Budget “The whole team, each month” added." in said
    assert "100 of 500 credits" in said
    assert "400 left until" in said
    assert AuditEntry.objects.get(action="budget.set").detail["limit"] == 500


def test_a_budget_for_a_project_needs_the_project(as_manager: Client) -> None:
    refused = as_manager.post("/credits/budgets/add/", new_budget(scope="project"))
    assert refused.status_code == 422
    assert "Choose one." in text_of(refused)
    project = Project.objects.create(name="Spring campaign")
    as_manager.post("/credits/budgets/add/", new_budget(scope="project", project=project.pk))
    assert Budget.objects.get().name == "Spring campaign, each month"


def test_what_is_not_the_scopes_is_left_out(as_manager: Client) -> None:
    as_manager.post("/credits/budgets/add/", new_budget(person=a_manager().pk))
    assert Budget.objects.get().person is None


@pytest.mark.parametrize("limit", ["", "0", "-5", "12.5", "many", "99999999999"])
def test_a_limit_is_a_whole_number_of_credits(limit: str, as_manager: Client) -> None:
    assert as_manager.post("/credits/budgets/add/", new_budget(limit=limit)).status_code == 422
    assert not Budget.objects.exists()


def test_a_budget_is_changed_and_ended(as_manager: Client) -> None:
    budget = a_budget(500)
    as_manager.post(f"/credits/budgets/{budget.pk}/", {"limit": "800", "strength": "soft"})
    budget.refresh_from_db()
    assert (budget.limit, budget.is_hard) == (800, False)
    assert "End the budget" in text_of(as_manager.get(f"/credits/budgets/{budget.pk}/end/"))
    as_manager.post(f"/credits/budgets/{budget.pk}/end/")
    assert not Budget.objects.running().exists()
    actions = AuditEntry.objects.values_list("action", flat=True)
    assert list(actions.order_by("number")) == ["budget.changed", "budget.ended"]


def test_the_create_page_says_what_is_left_of_the_tightest_budget(as_member: Client) -> None:
    a_model()
    a_budget(5_000)
    a_budget(250, period="week")
    assert "150 left of the budget “The whole team, each week”" in text_of(as_member.get("/"))


def test_a_hard_budget_refuses_before_anything_is_sent_and_offers_to_ask(as_member: Client) -> None:
    a_model()
    budget = a_budget(150)
    answer = as_member.post("/", wish(variations="2"))
    assert answer.status_code == 422
    said = "This needs 200 credits; the budget “The whole team, each month” has 150 left."
    assert said in text_of(answer)
    assert f'href="/credits/budgets/{budget.pk}/ask/?credits=50"' in answer.content.decode()
    assert "a lighthouse" in answer.content.decode()  # nothing that was written is lost
    assert not Job.objects.exists()


def test_the_button_says_beforehand_that_somebody_has_to_approve(as_member: Client) -> None:
    a_model()
    SpendingRules.objects.create(pk=1, approve_from=100)
    told = text_of(as_member.post("/estimate/", wish()))
    assert (
        "Needs approval before it is sent. It costs 100 credits; requests of 100 or more need approval."
        in told
    )
    sent = as_member.post("/", wish(), headers={"HX-Request": "true"})
    assert "Waiting for approval: 1 clip" in text_of(sent)


def test_more_is_asked_for_from_the_refusal_and_granted(as_member: Client, as_manager: Client) -> None:
    a_model()
    budget = a_budget(50)
    form = f"/credits/budgets/{budget.pk}/ask/?credits=50"
    assert 'value="50"' in as_member.get(form).content.decode()
    as_member.post(form, {"credits": "50", "reason": "The launch is on Friday."})
    asked = BudgetRequest.objects.get()
    page = text_of(as_manager.get("/credits/approvals/"))
    assert "requested more budget" in page
    assert "The launch is on Friday." in page
    as_manager.post(f"/credits/approvals/budgets/{asked.pk}/", {"verdict": "yes", "credits": "60"})
    told = Notification.objects.get(kind="approval_decided")
    assert (told.person.email, told.title) == ("member@example.com", "manager granted 60 more credits")
    as_member.post("/", wish())
    assert Job.objects.count() == 1


def test_asked_twice_it_is_one_question_with_the_new_figure(as_member: Client) -> None:
    budget = a_budget(50)
    for credits in ("50", "80"):
        as_member.post(f"/credits/budgets/{budget.pk}/ask/", {"credits": credits})
    assert BudgetRequest.objects.get().credits == 80


def test_nobody_asks_for_more_of_anothers_budget(as_member: Client) -> None:
    budget = a_budget(50, scope="person", person=a_manager())
    assert as_member.get(f"/credits/budgets/{budget.pk}/ask/").status_code == 404


def test_a_budget_warns_once_at_80_and_once_at_100_per_cent(as_member: Client, member: Member) -> None:
    a_model()
    manager = a_manager()
    a_budget(500)
    for _ in range(5):
        as_member.post("/", wish())
    told = Notification.objects.filter(person__in=(member, manager)).values_list("person", "title")
    names = ("is at 80 %", "is used up")
    expected = [
        (person.pk, f"The budget “The whole team, each month” {name}")
        for person in (member, manager)
        for name in names
    ]
    assert sorted(told) == sorted(expected)
