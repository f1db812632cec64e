"""What a clip would cost, and whether it could be sent now. Nothing is sent, held or written."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.gateway.remaining import least_of
from studio.jobs.dispatch.shortage import shortage
from studio.jobs.money.available import available_credits
from studio.jobs.money.estimating import price_of
from studio.jobs.money.spending_check import check_spending
from studio.jobs.submit import CannotSubmit, Intent, faults
from studio.projects.models import Project

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Quote:
    """``credits`` is None where the price is not known; ``basis`` is "published", "learned" or "unknown".

    ``remaining_after`` is what would be left of the balance and of every hard budget: below 0 where they do not cover
    it, None where that is not known. ``approval`` holds the reasons why someone would have to approve it, ``short``
    the sentence by which it would be refused for lack of credits.
    """

    credits: int | None
    basis: str
    reason: str
    remaining_after: int | None
    approval: Sequence[str]
    short: str


def quote(intent: Intent) -> Quote:
    """Raises CannotSubmit for what ``submit`` refuses whatever it costs: a model's rules, a role, a closed project."""
    project = intent.project or Project.objects.general()
    if errors := faults(intent, project):
        raise CannotSubmit(errors)
    price = price_of(intent.request, intent.model)
    judged = check_spending(intent.owner, intent.model, project, price.credits, intent.api_token)
    left = least_of(judged.budgets, available_credits(intent.model.connection))
    short = shortage(intent.model, price.credits)
    return Quote(
        credits=price.credits,
        basis=UNKNOWN if price.credits is None else price.source,
        reason=price.basis,
        remaining_after=None if price.credits is None or left is None else left - price.credits,
        approval=judged.reasons,
        short=judged.refusal or (short.sentence if short else ""),
    )
