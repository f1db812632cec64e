"""A token with its budget and its project: issued, changed and revoked together."""

import pytest

from studio.audit.models import Entry as AuditEntry
from studio.credits.models import Budget
from studio.jobs.money import token_budgets
from studio.jobs.money.token_budgets import TokenBudget
from studio.projects.models import Project
from studio.tokens.keyring import CannotIssue
from studio.tokens.models import Scope, Token
from tests.factories import a_budget, a_member, a_project, a_token

pytestmark = pytest.mark.django_db


def running(token: Token) -> list[tuple[int, str, bool]]:
    budgets = token_budgets.running_budgets([token]).order_by("pk")
    return [(budget.limit, budget.period, budget.is_hard) for budget in budgets]


def test_a_token_comes_with_its_budget_and_its_project() -> None:
    owner, project = a_member(), a_project()
    allowance = TokenBudget(200, Budget.Period.DAY)
    token, text = token_budgets.issue(
        owner, "Night script", [Scope.GENERATE], allowance=allowance, project=project, by=owner
    )
    assert text
    assert running(token) == [(200, "day", True)]
    assert token_budgets.project_of(token) == project


def test_without_a_budget_and_a_project_it_spends_as_its_owner_does_in_the_general_one() -> None:
    owner = a_member()
    token, _ = token_budgets.issue(owner, "Night script", [Scope.GENERATE], by=owner)
    assert running(token) == []
    assert token_budgets.project_of(token) == Project.objects.general()


def test_no_token_and_no_budget_is_made_for_a_project_that_its_owner_cannot_use() -> None:
    owner, hidden = a_member(), a_project("Secret", a_member("other@example.com"))
    with pytest.raises(CannotIssue) as refused:
        token_budgets.issue(owner, "Night script", [Scope.GENERATE], project=hidden, by=owner)
    assert refused.value.field == "project"
    assert not Token.objects.exists()


def test_another_limit_changes_the_budget_another_period_replaces_it_and_none_ends_it() -> None:
    token = a_token()[0]
    seen = []
    for allowance in (TokenBudget(100), TokenBudget(150), TokenBudget(90, Budget.Period.WEEK), None):
        token_budgets.set_budget(token, allowance, by=token.owner)
        seen.append(running(token))
    assert seen == [[(100, "month", True)], [(150, "month", True)], [(90, "week", True)], []]
    assert Budget.objects.count() == 2


def test_setting_what_is_set_already_writes_nothing() -> None:
    token = a_token()[0]
    token_budgets.set_budget(token, TokenBudget(100), by=token.owner)
    before = AuditEntry.objects.count()
    token_budgets.set_budget(token, TokenBudget(100), by=token.owner)
    assert AuditEntry.objects.count() == before


def test_a_soft_budget_of_a_token_becomes_hard_when_its_owner_sets_it() -> None:
    token = a_token()[0]
    token_budgets.set_budget(token, TokenBudget(100), by=token.owner)
    Budget.objects.update(is_hard=False)
    token_budgets.set_budget(token, TokenBudget(100), by=token.owner)
    assert running(token) == [(100, "month", True)]


def test_a_revoked_token_has_no_running_budget_and_twice_is_harmless() -> None:
    token = a_token()[0]
    token_budgets.set_budget(token, TokenBudget(100), by=token.owner)
    token_budgets.revoke(token, by=token.owner)
    revoked_at = Token.objects.get().revoked_at
    token_budgets.revoke(token, by=token.owner)
    assert revoked_at is not None
    assert Token.objects.get().revoked_at == revoked_at
    assert running(token) == []


def test_all_tokens_of_a_person_are_revoked_and_nobody_elses() -> None:
    owner, other = a_member(), a_member("other@example.com")
    mine = [a_token(owner)[0], a_token(owner)[0]]
    kept = a_token(other)[0]
    for token in (*mine, kept):
        token_budgets.set_budget(token, TokenBudget(100), by=token.owner)
    assert token_budgets.revoke_all(owner, by=owner) == 2
    assert list(Token.objects.active()) == [kept]
    assert [running(token) for token in mine] == [[], []]
    assert running(kept)
    assert token_budgets.revoke_all(owner, by=owner) == 0


def test_a_token_moves_only_to_a_project_that_its_owner_can_use() -> None:
    owner = a_member()
    token, project = a_token(owner)[0], a_project()
    token_budgets.move(token, project, by=owner)
    token = Token.objects.get()
    assert token_budgets.project_of(token) == project
    with pytest.raises(CannotIssue):
        token_budgets.move(token, a_project("Secret", a_member("other@example.com")), by=owner)
    before = AuditEntry.objects.count()
    token_budgets.move(token, project, by=owner)
    assert AuditEntry.objects.count() == before


def test_a_token_whose_project_was_archived_or_closed_to_its_owner_is_stranded() -> None:
    owner = a_member()
    general, open_one, archived, closed = (a_token(owner)[0] for _ in range(4))
    shut = a_project("Closing", owner)
    for token, project in ((open_one, a_project()), (archived, a_project("Old")), (closed, shut)):
        token_budgets.move(token, project, by=owner)
    a_project("Old", is_archived=True)
    shut.members.set([a_member("other@example.com")])
    assert token_budgets.stranded(Token.objects.all()) == {archived.pk, closed.pk}
    assert general.pk not in token_budgets.stranded([general])


def test_of_several_budgets_of_a_token_the_one_with_the_least_left_is_shown() -> None:
    token, bare = a_token()[0], a_token()[0]
    for limit, period in ((300, "day"), (100, "month"), (200, "week")):
        a_budget(limit, scope="token", token=token, period=period)
    found = token_budgets.budget_status_of([token, bare])
    assert {pk: status.limit for pk, status in found.items()} == {token.pk: 100}
