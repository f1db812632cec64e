"""What is shown next to the Generate button: the price, what is left after it, how long it usually takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from dashboard.create.form import posted_values, posted_variations
from dashboard.create.project import choice_for
from dashboard.shared.words import amount, credits_phrase
from studio.catalog.models import StudioModel
from studio.contract.request import GenerateRequest
from studio.contract.rules import defaults, keep_legal, without_idle_flags
from studio.credits.budgets import BudgetStatus
from studio.jobs.money.available import available_credits
from studio.jobs.money.estimating import price_of
from studio.jobs.money.spending_check import SpendingCheck, check_spending
from studio.jobs.submit import expected_seconds
from studio.projects.models import Project
from studio.team.models import Member


@dataclass(frozen=True, slots=True)
class Quote:
    """``total`` credits for all variations; ``available`` excludes credits on hold; None where not known."""

    total: int | None
    each: int | None
    variations: int
    basis: str
    available: int | None
    usual_seconds: int | None
    check: SpendingCheck
    is_learned: bool = False
    published: int | None = None  # for one clip, where what is learned differs

    @property
    def left(self) -> int | None:
        return None if self.total is None or self.available is None else self.available - self.total

    @property
    def tightest(self) -> BudgetStatus | None:
        """The budget with the least left, where that is less than the balance: the one that limits this request."""
        tightest = self.check.tightest
        if tightest is None or (self.available is not None and self.available < tightest.left):
            return None
        return tightest

    @property
    def left_of_budget(self) -> int | None:
        return None if self.tightest is None or self.total is None else self.tightest.left - self.total

    @property
    def over_budget(self) -> int:
        return max(0, -(self.left_of_budget or 0))

    @property
    def is_too_dear(self) -> bool:
        return self.left is not None and self.left < 0

    @property
    def reckoning(self) -> str:
        """How the total is calculated; "" where that would only repeat it."""
        each = credits_phrase(self.each)
        if self.variations == 1:
            return self.basis.removeprefix(each).strip()
        return f"{self.variations} × {each}" + (f" ({self.basis})" if self.basis != each else "")

    @property
    def shortage(self) -> str:
        """The sentence for a request that costs more than is available."""
        return f"This needs {amount(self.total)} credits; {amount(self.available)} are available."


def quote(
    owner: Member,
    model: StudioModel,
    request: GenerateRequest,
    variations: int,
    project: Project | None = None,
) -> Quote:
    price = price_of(request, model)
    total = None if price.credits is None else price.credits * variations
    return Quote(
        total=total,
        each=price.credits,
        variations=variations,
        basis=price.basis,
        available=_available(model),
        usual_seconds=expected_seconds(model.connection_id, model.slug),
        check=check_spending(owner, model, project or Project.objects.general(), total),
        is_learned=price.source == "learned",
        published=price.published,
    )


def quote_again(before: Quote, owner: Member, model: StudioModel, project: Project) -> Quote:
    """The same price, with what is left to spend now: after clips were sent for it."""
    check = check_spending(owner, model, project, before.total)
    return replace(before, available=_available(model), check=check)


def _available(model: StudioModel) -> int | None:
    available = available_credits(model.connection)
    return None if available is None else max(0, available)


def quote_posted(owner: Member, model: StudioModel, data: QueryDict) -> Quote:
    project = choice_for(owner, data.get("project", "")).project
    values = posted_values(data, model.capability)
    return quote(owner, model, posted_request(model, values), posted_variations(data), project)


def legal_request(model: StudioModel, values: Mapping[str, Any]) -> GenerateRequest:
    """``values`` as far as the model takes them, its defaults for the rest."""
    capability = model.capability
    kept, _ = keep_legal(values, capability)
    mode = capability.mode_of(kept)
    return without_idle_flags(capability, {**defaults(capability, mode), **kept})


def posted_request(model: StudioModel, values: Mapping[str, Any]) -> GenerateRequest:
    """What a form with these values would send: a box that is not ticked says no, any other choice stays open."""
    capability = model.capability
    kept, _ = keep_legal(values, capability)
    usual = defaults(capability, capability.mode_of(kept))
    unticked = {name: value for name, value in usual.items() if value is False}
    return without_idle_flags(capability, {**unticked, **kept})
