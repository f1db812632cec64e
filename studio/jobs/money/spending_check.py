"""Checks whether a request may be sent: refused by a hard budget, needs approval first, or free to go.

The form shows the result next to its button. The check is repeated under the locks of the budgets when the form is
submitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from studio.catalog.models import StudioModel
from studio.contract.capability import Capability
from studio.credits.budgets import BudgetStatus, budget_statuses, locked_budget_statuses, overdrawn, refusing
from studio.credits.ledger import Account
from studio.credits.models import SpendingRules
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens.models import Token


@dataclass(frozen=True, slots=True)
class SpendingCheck:
    """``short`` is the budget that refuses it; ``reasons`` say why it needs approval. ``total`` is in credits."""

    total: int | None
    budgets: Sequence[BudgetStatus] = ()
    short: BudgetStatus | None = None
    reasons: Sequence[str] = ()

    @property
    def tightest(self) -> BudgetStatus | None:
        """The budget with the least left."""
        return min(self.budgets, key=lambda one: one.left, default=None)

    @property
    def refusal(self) -> str:
        """The sentence for a request that a hard budget does not cover; "" if none refuses it."""
        if self.short is None:
            return ""
        left = max(0, self.short.left)
        return f"This needs {self.total:,} credits; the budget “{self.short.budget.name}” has {left:,} left."


def check_spending(
    owner: Member, model: StudioModel, project: Project, total: int | None, token: Token | None = None
) -> SpendingCheck:
    """The check as of now. ``total`` is None if the price is unknown."""
    account = spending(owner, model, project, timezone.localdate(), token)
    return _judge(owner, model, project, total, budget_statuses(account))


def check_spending_under_lock(
    owner: Member,
    model: StudioModel,
    project: Project,
    total: int | None,
    day: date,
    token: Token | None = None,
) -> SpendingCheck:
    """The same check, in the transaction that holds the credits: others cannot spend what it counted."""
    found = locked_budget_statuses(spending(owner, model, project, day, token))
    return _judge(owner, model, project, total, found)


def _judge(
    owner: Member, model: StudioModel, project: Project, total: int | None, found: Sequence[BudgetStatus]
) -> SpendingCheck:
    if total is None:
        needs_approval = _holds_unknown(owner, project, found)
        return SpendingCheck(
            None, found, reasons=[price_is_unknown(model.capability)] if needs_approval else []
        )
    short = refusing(found, total)
    return SpendingCheck(total, found, short, [] if short else _reasons(owner, project, total, found))


def spending(
    owner: Member, model: StudioModel, project: Project, day: date, token: Token | None = None
) -> Account:
    """The account on which a new clip will be booked."""
    return Account(
        reference="",
        connection_id=model.connection_id,
        day=day,
        person_id=owner.pk,
        project_id=project.pk,
        token_id=token.pk if token else None,
        model_slug=model.slug,
        model_family=family_of(model.capability),
    )


def family_of(capability: Capability) -> str:
    """The engine behind a model, which several models may share and a budget can limit; else the model's name."""
    return (capability.engine or capability.name or capability.slug)[:80]


def _holds_unknown(owner: Member, project: Project, found: Sequence[BudgetStatus]) -> bool:
    """Whether a request of unknown price needs approval. A hard budget binds everyone, managers and admins too."""
    if any(one.budget.is_hard for one in found):
        return True
    return not owner.is_manager and (bool(found) or threshold(project) is not None)


def price_is_unknown(capability: Capability) -> str:
    """The sentence for the person who makes the request and for the one who approves it."""
    if published := capability.price.published:
        why = f"The price is not understood (as published: {published})"
    else:
        why = "No price is published for these choices"
    return f"{why}, so its cost is not known before it is sent."


def _reasons(owner: Member, project: Project, total: int, found: Sequence[BudgetStatus]) -> list[str]:
    """Why it needs approval; empty if it can be sent right away. Managers need no approval."""
    if owner.is_manager:
        return []
    over = [f"It goes over the budget “{one.budget.name}”." for one in overdrawn(found, total)]
    least = threshold(project)
    if least is not None and total >= least:
        return [f"It costs {total:,} credits; requests of {least:,} or more need approval.", *over]
    return over


def threshold(project: Project) -> int | None:
    """The credits from which a request needs approval: the project's own setting, else the team's."""
    if project.approve_from is not None:
        return project.approve_from
    return SpendingRules.current().approve_from
