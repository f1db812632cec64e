"""What a token may spend and in which project, and taking a token back together with its budgets.

Tokens, projects and credits are neighbours that do not know each other: so this stands on the floor above.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from studio.credits import budget_changes
from studio.credits.budgets import BudgetStatus, budget_status
from studio.credits.models import Budget, BudgetQuerySet
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens import keyring
from studio.tokens.keyring import CannotIssue
from studio.tokens.models import Scope, Token


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """So many credits in each period; a Budget.Period."""

    credits: int
    period: str = Budget.Period.MONTH


@transaction.atomic
@sensitive_variables("text")
def issue(
    owner: Member,
    name: str,
    scopes: Iterable[Scope],
    expires_at: datetime | None = None,
    *,
    allowance: TokenBudget | None = None,
    project: Project | None = None,
    by: Member | None,
) -> tuple[Token, str]:
    """As keyring.issue, which see, with what it may spend; None: as much as its owner, in the general project."""
    if project:
        _expect_usable(project, owner)
    project_id = project.pk if project else None
    token, text = keyring.issue(owner, name, scopes, expires_at, project_id=project_id, by=by)
    if allowance:
        set_budget(token, allowance, by=by)
    return token, text


@transaction.atomic
def set_budget(token: Token, allowance: TokenBudget | None, *, by: Member | None) -> None:
    """From now on it may spend so much, and no other budget of its own limits it; None: no budget of its own does."""
    running = lock([token])
    kept = next((budget for budget in running if allowance and budget.period == allowance.period), None)
    for budget in running:
        if budget != kept:
            budget_changes.end(budget, by=by)
    if allowance and (kept is None or kept.limit != allowance.credits or not kept.is_hard):
        budget = kept or _new(token, allowance.period)
        budget.limit = allowance.credits
        budget.is_hard = True  # a soft one, as managers may set, lets more be asked for
        budget_changes.save(budget, by=by)


def project_of(token: Token) -> Project:
    """What the clips are made for that it asks for."""
    return token.project or Project.objects.general()


def stranded(tokens: Iterable[Token]) -> set[int]:
    """The ids of those whose project was archived, or is its owner's no more: they ask for nothing until moved."""
    found = [token for token in tokens if token.project_id]
    usable = {
        owner: set(Project.objects.usable_by(owner).values_list("pk", flat=True))
        for owner in {token.owner for token in found}
    }
    return {token.pk for token in found if token.project_id not in usable[token.owner]}


def move(token: Token, project: Project, *, by: Member | None) -> None:
    """From now on its clips are made in ``project``. Raises CannotIssue where its owner makes none there."""
    if project == project_of(token):
        return
    _expect_usable(project, token.owner)
    keyring.move(token, project.pk, by=by)


def _expect_usable(project: Project, owner: Member) -> None:
    if not Project.objects.usable_by(owner).filter(pk=project.pk).exists():
        raise CannotIssue(f"{owner} makes no clips in {project}.", "project")


@transaction.atomic
def revoke(token: Token, *, by: Member | None) -> None:
    """It opens nothing from here on, and its budgets end. Twice is harmless."""
    for budget in lock([token]):
        budget_changes.end(budget, by=by)
    keyring.revoke(token, by=by)


@transaction.atomic
def revoke_all(owner: Member, *, by: Member) -> int:
    """How many tokens were taken back."""
    tokens = list(owner.tokens.active())
    lock(tokens)
    for token in tokens:
        revoke(token, by=by)
    return len(tokens)


def lock(tokens: Iterable[Token]) -> list[Budget]:
    """Their running budgets. A transaction that does more than take tokens back calls this first: budgets are locked
    before all else.
    """
    return list(running_budgets(tokens).select_for_update(no_key=True))


def running_budgets(tokens: Iterable[Token]) -> BudgetQuerySet:
    return Budget.objects.running().filter(scope=Budget.Scope.TOKEN, token__in=tokens).order_by("pk")


def budget_status_of(tokens: Iterable[Token]) -> dict[int, BudgetStatus]:
    """The id of a token → how its budget stands; of several, that with the least left."""
    found = [budget_status(budget) for budget in running_budgets(tokens).select_related("token__owner")]
    by_left = sorted(found, key=lambda one: -one.left)
    return {one.budget.token_id: one for one in by_left if one.budget.token_id is not None}


def _new(token: Token, period: str) -> Budget:
    return budget_changes.begun(Budget(scope=Budget.Scope.TOKEN, token=token, period=period))
