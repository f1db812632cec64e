"""What may be sent freely, what needs approval, and what a budget refuses."""

import re
from dataclasses import replace

import pytest
from django.utils import timezone

from studio.contract.published_price import Price
from studio.credits.models import SpendingRules
from studio.jobs.money.spending_check import (
    SpendingCheck,
    check_spending,
    check_spending_under_lock,
    family_of,
    price_is_unknown,
    threshold,
)
from studio.projects.models import Project
from studio.team.models import Member
from tests.factories import a_budget, a_job, a_manager, a_member, a_model, a_project, a_token

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def checked(
    total: int | None, *, owner: Member | None = None, project: Project | None = None
) -> SpendingCheck:
    """The answer beside the button, which is also the one under lock."""
    owner, model, project = owner or a_member(), a_model(), project or Project.objects.general()
    found = check_spending(owner, model, project, total)
    assert found == check_spending_under_lock(owner, model, project, total, TODAY())
    return found


def needs_approval(check: SpendingCheck) -> bool:
    return bool(check.reasons)


def test_without_budgets_and_rules_anything_may_be_sent() -> None:
    for total in (0, 1_000_000, None):
        check = checked(total)
        assert (check.short, check.tightest, check.refusal, needs_approval(check)) == (None, None, "", False)


def test_a_hard_budget_refuses_above_what_it_has_left_and_names_both_figures() -> None:
    budget = a_budget(1_250)
    assert checked(1_250).short is None
    check = checked(1_251)
    assert check.short is not None
    assert check.short.budget == budget
    assert "1,251" in check.refusal
    assert "1,250" in check.refusal
    assert not needs_approval(check)


def test_an_overdrawn_budget_has_nothing_left_in_its_refusal() -> None:
    budget = a_budget(100)
    a_job("completed")
    budget.limit = 40
    budget.save()
    check = checked(7)
    assert check.short is not None
    assert check.short.left == -60
    assert re.findall(r"\d+", check.refusal) == ["7", "0"]


def test_a_manager_is_refused_by_a_hard_budget_and_otherwise_needs_no_approval() -> None:
    hard = a_budget(50)
    assert checked(51, owner=a_manager()).short is not None
    hard.is_hard = False
    hard.save()
    SpendingRules.objects.create(pk=1, approve_from=10)
    check = checked(51, owner=a_manager())
    assert (check.short, needs_approval(check)) == (None, False)


def test_a_soft_budget_asks_for_approval_above_what_it_has_left() -> None:
    budget = a_budget(50, is_hard=False)
    assert not needs_approval(checked(50))
    (reason,) = checked(51).reasons
    assert budget.name in reason


def test_the_teams_threshold_asks_for_approval_from_its_figure_on() -> None:
    SpendingRules.objects.create(pk=1, approve_from=1_300)
    assert not needs_approval(checked(1_299))
    (reason,) = checked(1_300).reasons
    assert "1,300" in reason


def test_the_projects_threshold_comes_before_the_teams() -> None:
    SpendingRules.objects.create(pk=1, approve_from=300)
    strict, generous, usual = (
        a_project(approve_from=0),
        a_project("Wide", approve_from=900),
        a_project("Usual"),
    )
    assert [threshold(project) for project in (strict, generous, usual)] == [0, 900, 300]
    assert needs_approval(checked(1, project=strict))
    assert not needs_approval(checked(899, project=generous))


def test_several_reasons_are_all_named() -> None:
    SpendingRules.objects.create(pk=1, approve_from=30)
    a_budget(20, is_hard=False)
    a_budget(25, is_hard=False, scope="each")
    assert len(checked(30).reasons) == 3


def test_the_tightest_budget_is_the_one_with_the_least_left() -> None:
    a_budget(500)
    tight = a_budget(200, scope="each")
    tightest = checked(10).tightest
    assert tightest is not None
    assert tightest.budget == tight


def test_an_unknown_price_under_a_hard_budget_needs_approval_from_anyone() -> None:
    a_budget(500)
    for owner in (a_member(), a_manager()):
        check = checked(None, owner=owner)
        assert (check.short, check.total) == (None, None)
        assert needs_approval(check)


def test_an_unknown_price_under_a_soft_budget_or_a_threshold_needs_approval_from_members_only() -> None:
    budget = a_budget(500, is_hard=False)
    assert needs_approval(checked(None))
    assert not needs_approval(checked(None, owner=a_manager()))
    budget.delete()
    assert not needs_approval(checked(None))
    SpendingRules.objects.create(pk=1, approve_from=0)
    assert needs_approval(checked(None))
    assert not needs_approval(checked(None, owner=a_manager()))


def test_a_tokens_budget_limits_what_the_token_requests_and_nothing_else() -> None:
    member = a_member()
    token = a_token(member)[0]
    a_budget(10, scope="token", token=token)
    model, general = a_model(), Project.objects.general()
    assert check_spending(member, model, general, 11, token).short is not None
    assert check_spending(member, model, general, 11).short is None


def test_a_price_that_is_not_understood_is_quoted_as_published() -> None:
    capability = a_model().capability
    assert "per moon" not in price_is_unknown(capability)
    odd = replace(capability, price=Price(published="10 per moon"))
    assert "10 per moon" in price_is_unknown(odd)


def test_a_budget_family_is_the_engine_else_the_models_name_else_its_slug() -> None:
    capability = a_model().capability
    names = [
        family_of(capability),
        family_of(replace(capability, engine="")),
        family_of(replace(capability, engine="", name="")),
        family_of(replace(capability, engine="x" * 100)),
    ]
    assert names == ["Veo 3.1", "Veo 3.1 Fast", "veo31_fast", "x" * 80]
