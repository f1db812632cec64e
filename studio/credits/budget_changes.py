"""Setting budgets, being told that one runs out, asking for more of it, and what is decided on that."""

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

MOST = 2_000_000_000  # credits: what a column holds


def begun(budget: Budget) -> Budget:
    """A new one, not saved yet: it counts from the start of its first period, so what was spent there is in it."""
    today, budget.from_day = timezone.localdate(), date.min
    budget.from_day = today if budget.period == Budget.Period.ONCE else period_of(budget, today).start
    return budget


@transaction.atomic
def save(budget: Budget, *, by: Member | None) -> None:
    """A new budget, or one whose limit changes."""
    what = "budget.changed" if budget.pk else "budget.set"
    budget.save()
    record(what, by=by, about=f"budget:{budget.pk}", name=budget.name, **_terms(budget))


def _terms(budget: Budget) -> dict[str, Any]:
    return {"limit": budget.limit, "hard": budget.is_hard, "from": budget.from_day}


@transaction.atomic
def end(budget: Budget, *, by: Member | None) -> None:
    """It limits nothing any more; what it counted stays to be read. Harmless when repeated."""
    if compare_and_set(Budget.objects.running(), budget, ended_at=timezone.now()):
        record("budget.ended", by=by, about=f"budget:{budget.pk}", name=budget.name)


@transaction.atomic
def set_rules(approve_from: int | None, *, by: Member) -> None:
    """From how many credits of one request on somebody has to approve it; None: from none."""
    before = SpendingRules.current().approve_from
    if before != approve_from:
        SpendingRules.objects.update_or_create(pk=1, defaults={"approve_from": approve_from})
        record("spending.changed", by=by, before=before, approve_from=approve_from)


def warn_of_budgets(spender: Member, before: Iterable[BudgetStatus], amount: int) -> None:
    """Tell of each budget that ``amount`` takes to 80 or to 100 per cent: whoever spent it, and those who decide."""
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
        about=f"{one.about}:{one.limit}",  # once more when it was raised
        title=title,
        text=f"Its limit is {one.limit:,} credits.",
        path=reverse("dashboard:budget-list"),
    )


# ── Asking for more ─────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def ask_for_more(budget: Budget, person: Member, credits: int, reason: str) -> BudgetRequest:
    """One open question for each person, budget and period: asked again, it says the new figure."""
    period = budget_status(budget, person.pk).period
    key: dict[str, Any] = {
        "budget": budget,
        "person": person,
        "period_from": period.start,
        "decided_at": None,
    }
    said = {"credits": credits, "reason": reason}
    asked, is_new = BudgetRequest.objects.update_or_create(**key, defaults=said)
    notify(
        Kind.BUDGET_ASKED,
        Member.objects.deciding().exclude(pk=person.pk),
        about=f"budget-request:{asked.pk}",
        title=f"{person} asks for {credits:,} more credits",
        text=f"Of the budget “{budget.name}”. {reason}".strip(),
        path=reverse("dashboard:approval-list"),
    )
    record("budget.asked", by=person, about=f"budget:{budget.pk}", credits=credits, reason=reason, new=is_new)
    return asked


@transaction.atomic
def answer(asked: BudgetRequest, granted: int, *, by: Member, words: str = "") -> bool:
    """Grant credits for the period in which it was asked, or none. False when it was answered meanwhile.

    Raises NotAllowed for who may not decide, and for who asked.
    """
    if not by.is_manager or by.pk == asked.person_id:
        raise NotAllowed("Another manager or admin has to decide this.")
    decided = {"granted": granted, "decided_at": timezone.now(), "decided_by": by, "answer": words}
    if not compare_and_set(BudgetRequest.objects.filter(decided_at=None), asked, **decided):
        return False
    said = f"granted {granted:,} more credits" if granted else "did not grant more credits"
    notify(
        Kind.APPROVAL_DECIDED,
        [asked.person],
        about=f"budget-request:{asked.pk}",
        title=f"{by} {said}",
        text=f"Of the budget “{asked.budget.name}”. {words}".strip(),
        path=reverse("dashboard:budget-list"),
    )
    about, person = f"budget:{asked.budget_id}", str(asked.person)
    record(
        "budget.granted" if granted else "budget.refused", by=by, about=about, person=person, credits=granted
    )
    return True
