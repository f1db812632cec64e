"""Setting and ending budgets, the warnings when one runs out, and requests for more."""

from collections.abc import Callable
from datetime import date

import pytest
from django.utils import timezone

from studio.audit.models import Entry as AuditEntry
from studio.credits import budget_changes
from studio.credits.budgets import BudgetStatus, budget_status, period_of
from studio.credits.models import Budget, BudgetRequest, SpendingRules
from studio.notify.kinds import Kind
from studio.notify.models import Notification
from studio.team.errors import NotAllowed
from studio.team.models import Member
from tests.factories import a_budget, a_manager, a_member

pytestmark = pytest.mark.django_db


def audited() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def notified(kind: Kind) -> set[Member]:
    return {one.person for one in Notification.objects.filter(kind=kind).select_related("person")}


@pytest.mark.parametrize("period", ["day", "week", "month", "once"])
def test_a_new_budget_counts_from_the_start_of_its_first_period(period: str) -> None:
    budget = budget_changes.start(Budget(scope="team", limit=500, period=period))
    today = timezone.localdate()
    assert budget.from_day == (
        today if period == "once" else period_of(Budget(period=period, from_day=date.min), today).start
    )


def test_setting_changing_and_ending_a_budget_is_audited_with_its_terms() -> None:
    manager = a_manager()
    budget = budget_changes.start(Budget(scope="team", limit=500, period="month"))
    budget_changes.save(budget, by=manager)
    budget.limit = 700
    budget_changes.save(budget, by=manager)
    budget_changes.end(budget, by=manager)
    assert audited() == ["budget.set", "budget.changed", "budget.ended"]
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.detail.get("limit") for entry in entries] == [500, 700, None]
    assert {entry.about for entry in entries} == {f"budget:{budget.pk}"}
    assert not Budget.objects.running().exists()


def test_ending_a_budget_twice_is_audited_once_and_keeps_the_first_end() -> None:
    budget, manager = a_budget(), a_manager()
    budget_changes.end(budget, by=manager)
    ended_at = Budget.objects.get().ended_at
    budget_changes.end(budget, by=manager)
    assert audited() == ["budget.ended"]
    assert Budget.objects.get().ended_at == ended_at


def test_the_approval_threshold_is_audited_only_when_it_changes() -> None:
    manager = a_manager()
    for figure in (300, 300, None, None):
        budget_changes.set_rules(figure, by=manager)
        assert SpendingRules.current().approve_from == figure
    details = [entry.detail for entry in AuditEntry.objects.order_by("pk")]
    assert [(said["before"], said["approve_from"]) for said in details] == [(None, 300), (300, None)]


@pytest.mark.parametrize(
    ("used", "amount", "kind"),
    [
        (0, 79, None),
        (0, 80, Kind.BUDGET_WARNED),
        (79, 20, Kind.BUDGET_WARNED),
        (80, 19, None),
        (0, 100, Kind.BUDGET_SPENT),
        (99, 1, Kind.BUDGET_SPENT),
        (100, 50, None),
    ],
)
def test_spending_that_takes_a_budget_to_80_or_100_percent_warns_once(
    used: int, amount: int, kind: Kind | None
) -> None:
    spender, manager, other = a_member(), a_manager(), a_member("other@example.com")
    budget = a_budget(100)
    status = BudgetStatus(budget, budget_status(budget).period, None, 0, used)
    budget_changes.warn_of_budgets(spender, [status], amount)
    budget_changes.warn_of_budgets(spender, [status], amount)
    for possible in (Kind.BUDGET_WARNED, Kind.BUDGET_SPENT):
        assert notified(possible) == ({spender, manager} if possible == kind else set())
    assert Notification.objects.filter(person=spender).count() == (kind is not None)
    assert not Notification.objects.filter(person=other).exists()


def test_a_raised_budget_warns_again() -> None:
    spender, budget = a_member(), a_budget(100)
    for limit in (100, 200):
        budget.limit = limit
        status = BudgetStatus(budget, budget_status(budget).period, None, 0, limit - 1)
        budget_changes.warn_of_budgets(spender, [status], 1)
    assert Notification.objects.filter(person=spender, kind=Kind.BUDGET_SPENT).count() == 2


def test_a_request_for_more_reaches_those_who_decide_and_repeated_it_carries_the_new_figure() -> None:
    person, manager, budget = a_member(), a_manager(), a_budget(100)
    first = budget_changes.ask_for_more(budget, person, 50, "Launch week")
    again = budget_changes.ask_for_more(budget, person, 80, "Two more versions")
    assert first.pk == again.pk
    kept = BudgetRequest.objects.get()
    assert (kept.credits, kept.reason, kept.period_from) == (
        80,
        "Two more versions",
        budget_status(budget).period.start,
    )
    assert notified(Kind.BUDGET_ASKED) == {manager}
    assert [entry.detail["new"] for entry in AuditEntry.objects.order_by("pk")] == [True, False]


def test_a_manager_who_requests_more_is_not_notified_of_it() -> None:
    asking, deciding = a_manager(), a_manager("lead@example.com")
    budget_changes.ask_for_more(a_budget(100), asking, 50, "")
    assert notified(Kind.BUDGET_ASKED) == {deciding}


@pytest.mark.parametrize(("granted", "action"), [(80, "budget.granted"), (0, "budget.refused")])
def test_an_answer_is_kept_audited_and_sent_to_the_person_once(granted: int, action: str) -> None:
    person, manager, budget = a_member(), a_manager(), a_budget(100)
    asked = budget_changes.ask_for_more(budget, person, 80, "Launch week")
    assert budget_changes.answer(asked, granted, by=manager, words="See the brief.")
    assert not budget_changes.answer(asked, 5_000, by=a_manager("lead@example.com"))
    kept = BudgetRequest.objects.get()
    assert (kept.granted, kept.decided_by, kept.answer) == (granted, manager, "See the brief.")
    assert budget_status(budget).limit == 100 + granted
    assert notified(Kind.APPROVAL_DECIDED) == {person}
    assert audited() == ["budget.asked", action]
    assert AuditEntry.objects.get(action=action).detail["credits"] == granted


@pytest.mark.parametrize("who", [a_member, a_manager, lambda: a_member("other@example.com")])
def test_only_another_person_who_decides_on_spending_may_answer(who: Callable[[], Member]) -> None:
    asking = a_manager()
    asked = budget_changes.ask_for_more(a_budget(100), asking, 50, "")
    with pytest.raises(NotAllowed):
        budget_changes.answer(asked, 50, by=who())
    assert BudgetRequest.objects.get().decided_at is None


def test_a_request_after_an_answer_is_a_new_one() -> None:
    person, budget = a_member(), a_budget(100)
    asked = budget_changes.ask_for_more(budget, person, 50, "")
    budget_changes.answer(asked, 0, by=a_manager())
    assert budget_changes.ask_for_more(budget, person, 20, "").pk != asked.pk
