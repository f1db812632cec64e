"""Setting budgets, warning when one runs out, requesting more, and deciding on such requests."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from studio.audit.log import record
from studio.core.rows import compare_and_set
from studio.credits.budgets import WARNED_AT, BudgetStatus, budget_status, period_of
from studio.credits.models import Budget, BudgetRequest, SpendingRules
from studio.notify.kinds import Kind
from studio.notify.telling import notify
from studio.team.errors import NotAllowed
from studio.team.models import Member

MOST = 2_000_000_000  # credits: the largest value that fits the column


def start(budget: Budget) -> Budget:
    """Set the first day of a new, unsaved budget: the start of its current period, so earlier spending in it counts."""
    today, budget.from_day = timezone.localdate(), date.min
    budget.from_day = today if budget.period == Budget.Period.ONCE else period_of(budget, today).start
    return budget


@transaction.atomic
def save(budget: Budget, *, by: Member | None) -> None:
    """Save a new budget or a changed limit, with an audit entry."""
    what = "budget.changed" if budget.pk else "budget.set"
    budget.save()
    record(what, by=by, about=f"budget:{budget.pk}", name=budget.name, **_terms(budget))


def _terms(budget: Budget) -> dict[str, Any]:
    return {"limit": budget.limit, "hard": budget.is_hard, "from": budget.from_day}


@transaction.atomic
def end(budget: Budget, *, by: Member | None) -> None:
    """End the budget. Its figures stay readable. Safe to repeat."""
    if compare_and_set(Budget.objects.running(), budget, ended_at=timezone.now()):
        record("budget.ended", by=by, about=f"budget:{budget.pk}", name=budget.name)


@transaction.atomic
def set_rules(approve_from: int | None, *, by: Member) -> None:
    """Set how many credits of one request need approval; None: no request needs it."""
    before = SpendingRules.current().approve_from
    if before != approve_from:
        SpendingRules.objects.update_or_create(pk=1, defaults={"approve_from": approve_from})
        record("spending.changed", by=by, before=before, approve_from=approve_from)


def warn_of_budgets(spender: Member, before: Iterable[BudgetStatus], amount: int) -> None:
    """Notify the spender and those who decide of each budget that ``amount`` takes to 80 or 100 percent."""
    for one in before:
        share, after = one.percent, one.percent_with(amount)
        if share < 100 <= after:
            _warn(Kind.BUDGET_SPENT, spender, one, f"The budget “{one.budget.name}” is used up")
        elif share < WARNED_AT <= after:
            _warn(Kind.BUDGET_WARNED, spender, one, f"The budget “{one.budget.name}” is at {after} %")


def _warn(kind: Kind, spender: Member, one: BudgetStatus, title: str) -> None:
    deciding = Member.objects.deciding()
    notify(
        kind,
        {spender, *deciding},
        about=f"{one.about}:{one.limit}",  # warns again after the limit was raised
        title=title,
        text=f"Its limit is {one.limit:,} credits.",
        path=reverse("dashboard:budget-list"),
    )


# ── Requesting more ─────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def ask_for_more(budget: Budget, person: Member, credits: int, reason: str) -> BudgetRequest:
    """Request more credits. One open request per person, budget and period: a repeat updates its figure."""
    period = budget_status(budget, person.pk).period
    key: dict[str, Any] = {
        "budget": budget,
        "person": person,
        "period_from": period.start,
        "decided_at": None,
    }
    wish = {"credits": credits, "reason": reason}
    asked, is_new = BudgetRequest.objects.update_or_create(**key, defaults=wish)
    notify(
        Kind.BUDGET_ASKED,
        Member.objects.deciding().exclude(pk=person.pk),
        about=f"budget-request:{asked.pk}",
        title=f"{person} requests {credits:,} more credits",
        text=f"For the budget “{budget.name}”. {reason}".strip(),
        path=reverse("dashboard:approval-list"),
    )
    record("budget.asked", by=person, about=f"budget:{budget.pk}", credits=credits, reason=reason, new=is_new)
    return asked


@transaction.atomic
def answer(asked: BudgetRequest, granted: int, *, by: Member, words: str = "") -> bool:
    """Grant credits for the period of the request, or none. Returns False if it was already decided.

    Raises NotAllowed for a person who may not decide, and for the person who made the request.
    """
    if not by.is_manager or by.pk == asked.person_id:
        raise NotAllowed("Another manager or admin has to decide this.")
    decided = {"granted": granted, "decided_at": timezone.now(), "decided_by": by, "answer": words}
    if not compare_and_set(BudgetRequest.objects.filter(decided_at=None), asked, **decided):
        return False
    outcome = f"granted {granted:,} more credits" if granted else "did not grant more credits"
    notify(
        Kind.APPROVAL_DECIDED,
        [asked.person],
        about=f"budget-request:{asked.pk}",
        title=f"{by} {outcome}",
        text=f"For the budget “{asked.budget.name}”. {words}".strip(),
        path=reverse("dashboard:budget-list"),
    )
    about, person = f"budget:{asked.budget_id}", str(asked.person)
    record(
        "budget.granted" if granted else "budget.refused", by=by, about=about, person=person, credits=granted
    )
    return True
