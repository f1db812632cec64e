"""Whether a request may be sent as it is: refused by a hard budget, to be approved first, or free to go.

The same judgement stands beside the button while somebody is still writing, and is made again under the locks of
the budgets when it is sent.
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
    """``short`` refuses it; ``reasons``, sentences, are why somebody has to approve it. ``total`` is in credits."""

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
        """The sentence for whoever asks for more than a hard budget has left; "" when none refuses."""
        if self.short is None:
            return ""
        left = max(0, self.short.left)
        return f"This needs {self.total:,} credits; the budget “{self.short.budget.name}” has {left:,} left."


def check_spending(
    owner: Member, model: StudioModel, project: Project, total: int | None, token: Token | None = None
) -> SpendingCheck:
    """As it would be judged now. ``total`` is None where the price cannot be told."""
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
    """As above, inside the transaction that holds the credits: what it counted cannot be spent by others meanwhile."""
    found = locked_budget_statuses(spending(owner, model, project, day, token))
    return _judge(owner, model, project, total, found)


def _judge(
    owner: Member, model: StudioModel, project: Project, total: int | None, found: Sequence[BudgetStatus]
) -> SpendingCheck:
    if total is None:
        is_held = _holds_unknown(owner, project, found)
        return SpendingCheck(None, found, reasons=[price_is_unknown(model.capability)] if is_held else [])
    short = refusing(found, total)
    return SpendingCheck(total, found, short, [] if short else _reasons(owner, project, total, found))


def spending(
    owner: Member, model: StudioModel, project: Project, day: date, token: Token | None = None
) -> Account:
    """Whom and what a clip that is not written yet will be booked on."""
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
    """The engine behind a model, which several may share: what a budget can be for. Its own name without one."""
    return (capability.engine or capability.name or capability.slug)[:80]


def _holds_unknown(owner: Member, project: Project, found: Sequence[BudgetStatus]) -> bool:
    """Whether a request of unknown price needs approval. A hard budget binds everyone, managers and admins too."""
    if any(one.budget.is_hard for one in found):
        return True
    return not owner.is_manager and (bool(found) or threshold(project) is not None)


def price_is_unknown(capability: Capability) -> str:
    """The sentence for who asks and for who approves."""
    if published := capability.price.published:
        why = f"The price is not understood (as published: {published})"
    else:
        why = "No price is published for these choices"
    return f"{why}, so what it costs is not known before it is sent."


def _reasons(owner: Member, project: Project, total: int, found: Sequence[BudgetStatus]) -> list[str]:
    """None where it may be sent at once. Who may approve it asks nobody: pressing the button is a yes."""
    if owner.is_manager:
        return []
    over = [f"It goes over the budget “{one.budget.name}”." for one in overdrawn(found, total)]
    least = threshold(project)
    if least is not None and total >= least:
        return [f"It costs {total:,} credits; from {least:,} on it needs approval.", *over]
    return over


def threshold(project: Project) -> int | None:
    """Credits of one request from which on it needs approval: the project's own figure, else the team's."""
    if project.approve_from is not None:
        return project.approve_from
    return SpendingRules.current().approve_from
