"""What a budget counts, when its period begins, and that nobody gets past it."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.utils import timezone

from studio.credits.budgets import budget_status, period_of
from studio.credits.models import Budget, BudgetRequest, DayTotal
from studio.jobs.models import Job
from studio.jobs.submit import CannotSubmit, Intent, submit
from studio.notify.kinds import Kind
from studio.notify.models import Notification
from studio.projects.models import Project
from studio.team.models import Member
from tests.credits.adding_up import added_up, as_kept
from tests.factories import a_budget, a_job, a_manager, a_member, a_model, a_request, a_token
from tests.must import must

WEDNESDAY = date(2026, 4, 15)
LONG_AGO = date(2020, 1, 1)


def ask(owner: Member | None = None, **changes: Any) -> list[Job]:
    return submit(Intent(owner or a_member(), a_model(), a_request(), uuid4(), **changes))


def asked_at_once(times: int, intent: Intent) -> list[str]:
    """The same wish from so many threads, each with a form of its own: "through" or "refused" for each."""
    start, outcomes = threading.Barrier(times), []

    def ask_once() -> None:
        try:
            start.wait(30)
            submit(replace(intent, token=uuid4()))
            outcomes.append("through")
        except CannotSubmit:
            outcomes.append("refused")
        finally:
            database.close()

    threads = [threading.Thread(target=ask_once) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("day", WEDNESDAY, date(2026, 4, 16)),
        ("week", date(2026, 4, 13), date(2026, 4, 20)),
        ("month", date(2026, 4, 1), date(2026, 5, 1)),
        ("once", LONG_AGO, None),
    ],
)
def test_a_period_is_the_one_that_the_day_lies_in(period: str, start: date, end: date | None) -> None:
    found = period_of(Budget(period=period, from_day=LONG_AGO), WEDNESDAY)
    assert (found.start, found.end) == (start, end)


def test_the_last_month_of_a_year_ends_with_it() -> None:
    assert period_of(Budget(period="month", from_day=LONG_AGO), date(2026, 12, 31)).end == date(2027, 1, 1)


def test_nothing_before_the_budget_began_counts() -> None:
    assert period_of(Budget(period="month", from_day=WEDNESDAY), WEDNESDAY).start == WEDNESDAY


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["queued", "processing", "completed", "attention", "approval"])
def test_what_is_held_or_charged_counts(state: str) -> None:
    budget = a_budget(500)
    a_job(state)
    assert (budget_status(budget).used, budget_status(budget).left) == (100, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["failed", "rejected", "cancelled", "declined"])
def test_what_came_back_does_not_count(state: str) -> None:
    budget = a_budget(500)
    a_job(state)
    assert budget_status(budget).used == 0


@pytest.mark.django_db
def test_a_budget_counts_only_what_it_is_for() -> None:
    mine, other = a_member(), a_member("other@example.com")
    project = Project.objects.create(name="Spring campaign")
    job = a_job("completed", owner=mine)
    ask(other, project=project, variations=2)
    used = {
        budget: budget_status(budget, mine.pk).used
        for budget in (
            a_budget(scope="team"),
            a_budget(scope="each"),
            a_budget(scope="person", person=other),
            a_budget(scope="project", project=project),
            a_budget(scope="family", model_family="Veo 3.1"),
            a_budget(scope="family", model_family="Sora"),
            a_budget(scope="connection", connection=job.connection),
        )
    }
    assert list(used.values()) == [300, 100, 200, 200, 300, 0, 300]


@pytest.mark.django_db
def test_a_clip_counts_for_the_day_it_was_asked_for() -> None:
    budget = a_budget(500, period="day")
    a_job("completed")
    DayTotal.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert budget_status(budget).used == 0


@pytest.mark.django_db
def test_a_hard_budget_refuses_with_both_figures_and_writes_nothing() -> None:
    a_budget(250)
    ask(variations=2)
    with pytest.raises(CannotSubmit) as refused:
        ask()
    assert refused.value.errors[""].startswith("This needs 100 credits; the budget")
    assert refused.value.errors[""].endswith("has 50 left.")
    assert refused.value.short is not None
    assert Job.objects.count() == 2
    assert as_kept() == added_up()


@pytest.mark.django_db
def test_a_hard_budget_binds_managers_too() -> None:
    a_budget(50)
    with pytest.raises(CannotSubmit):
        ask(a_manager())


@pytest.mark.django_db
def test_an_ended_budget_limits_nothing() -> None:
    a_budget(50, ended_at=timezone.now())
    assert ask()


@pytest.mark.django_db
def test_what_is_granted_counts_in_its_period_only() -> None:
    member = a_member()
    budget = a_budget(100, scope="each", period="day")
    today = timezone.localdate()
    for day in (today, today - timedelta(days=1)):
        asked = {"budget": budget, "person": member, "credits": 100, "period_from": day}
        BudgetRequest.objects.create(**asked, granted=100, decided_at=timezone.now())
    assert budget_status(budget, member.pk).limit == 200
    assert budget_status(budget, a_member("other@example.com").pk).limit == 100


@pytest.mark.django_db
def test_a_request_of_unknown_price_adds_nothing_to_a_budget_and_warns_of_none() -> None:
    budget = a_budget(100, is_hard=False, scope="connection", connection=a_model(credits="ask us").connection)
    DayTotal.objects.create(day=timezone.localdate(), connection_id=must(budget.connection_id), charged=79)
    submit(Intent(a_manager(), a_model(credits="ask us"), a_request(), uuid4()))
    assert budget_status(budget).used == 79
    assert not Notification.objects.filter(kind=Kind.BUDGET_WARNED).exists()


@pytest.mark.django_db
def test_a_tokens_budget_limits_what_the_token_asks_for_and_nothing_else() -> None:
    token = a_token()[0]
    other = a_token()[0]
    budget = a_budget(150, scope="token", token=token)
    ask(api_token=token)
    with pytest.raises(CannotSubmit) as refused:
        ask(api_token=token)
    assert refused.value.errors[""].endswith("“Night script (member), each month” has 50 left.")
    ask(api_token=other)
    ask()
    assert budget_status(budget).used == 100
    assert as_kept() == added_up()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_spend_the_last_credits_of_a_token_at_once_one_gets_them() -> None:
    token, model = a_token()[0], a_model()
    a_budget(100, scope="token", token=token)
    Project.objects.general()
    assert sorted(asked_at_once(2, Intent(token.owner, model, a_request(), uuid4(), api_token=token))) == [
        "refused",
        "through",
    ]
    assert Job.objects.get().api_token == token
    assert as_kept() == added_up()


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_ask_at_once_a_budget_for_five_lets_five_through() -> None:
    a_budget(500)
    owner, model = a_member(), a_model()
    Project.objects.general()
    outcomes = asked_at_once(20, Intent(owner, model, a_request(), uuid4()))
    assert sorted(outcomes) == ["refused"] * 15 + ["through"] * 5
    assert Job.objects.count() == 5
    assert as_kept() == added_up()
