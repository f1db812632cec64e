"""What a token may spend and in which project, and revoking a token together with its budgets.

Tokens, projects and credits are rooms of the same floor that do not import each other, so this is one floor above.
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
    """``credits`` for each ``period``, which is a Budget.Period."""

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
    """Like keyring.issue, with a budget (None: as much as its owner) and a project (None: the general one)."""
    if project:
        _expect_usable(project, owner)
    project_id = project.pk if project else None
    token, text = keyring.issue(owner, name, scopes, expires_at, project_id=project_id, by=by)
    if allowance:
        set_budget(token, allowance, by=by)
    return token, text


@transaction.atomic
def set_budget(token: Token, allowance: TokenBudget | None, *, by: Member | None) -> None:
    """Limit the token to this budget, which replaces any other budget of its own; None removes the limit."""
    running = lock([token])
    kept = next((budget for budget in running if allowance and budget.period == allowance.period), None)
    for budget in running:
        if budget != kept:
            budget_changes.end(budget, by=by)
    if allowance and (kept is None or kept.limit != allowance.credits or not kept.is_hard):
        budget = kept or _new(token, allowance.period)
        budget.limit = allowance.credits
        budget.is_hard = True  # a soft one, which managers can set, only asks for approval
        budget_changes.save(budget, by=by)


def project_of(token: Token) -> Project:
    """The project that the token's clips are made for."""
    return token.project or Project.objects.general()


def stranded(tokens: Iterable[Token]) -> set[int]:
    """Ids of the tokens whose project was archived or no longer includes the owner: they can create nothing."""
    found = [token for token in tokens if token.project_id]
    usable = {
        owner: set(Project.objects.usable_by(owner).values_list("pk", flat=True))
        for owner in {token.owner for token in found}
    }
    return {token.pk for token in found if token.project_id not in usable[token.owner]}


def move(token: Token, project: Project, *, by: Member | None) -> None:
    """Make the token's clips in another project from now on. Raises CannotIssue if its owner cannot use it."""
    if project == project_of(token):
        return
    _expect_usable(project, token.owner)
    keyring.move(token, project.pk, by=by)


def _expect_usable(project: Project, owner: Member) -> None:
    if not Project.objects.usable_by(owner).filter(pk=project.pk).exists():
        raise CannotIssue(f"{owner} can’t create clips in {project}.", "project")


@transaction.atomic
def revoke(token: Token, *, by: Member | None) -> None:
    """Revoke the token and end its budgets. Safe to repeat."""
    for budget in lock([token]):
        budget_changes.end(budget, by=by)
    keyring.revoke(token, by=by)


@transaction.atomic
def revoke_all(owner: Member, *, by: Member) -> int:
    """Revoke all of the owner's tokens. Returns how many."""
    tokens = list(owner.tokens.active())
    lock(tokens)
    for token in tokens:
        revoke(token, by=by)
    return len(tokens)


def lock(tokens: Iterable[Token]) -> list[Budget]:
    """Lock and return the tokens' running budgets. A transaction that does more than revoke calls this first, because
    budgets are locked before everything else.
    """
    return list(running_budgets(tokens).select_for_update(no_key=True))


def running_budgets(tokens: Iterable[Token]) -> BudgetQuerySet:
    return Budget.objects.running().filter(scope=Budget.Scope.TOKEN, token__in=tokens).order_by("pk")


def budget_status_of(tokens: Iterable[Token]) -> dict[int, BudgetStatus]:
    """Token id → the status of its budget; of several, the one with the least left."""
    found = [budget_status(budget) for budget in running_budgets(tokens).select_related("token__owner")]
    by_left = sorted(found, key=lambda one: -one.left)
    return {one.budget.token_id: one for one in by_left if one.budget.token_id is not None}


def _new(token: Token, period: str) -> Budget:
    return budget_changes.start(Budget(scope=Budget.Scope.TOKEN, token=token, period=period))
