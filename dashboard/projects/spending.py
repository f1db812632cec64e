"""The clips and costs of projects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Sum
from django.utils import timezone

from studio.credits.budgets import BudgetStatus, budget_status
from studio.credits.models import Budget, DayTotal
from studio.projects.models import Project

COST = Sum(F("charged") - F("refunded"))


@dataclass(frozen=True, slots=True)
class Spent:
    """``credits``: charges less refunds; ``held``: credits held for unfinished clips."""

    clips: int = 0
    credits: int = 0
    held: int = 0


def this_month() -> Mapping[int, Spent]:
    """By project id, since the first of the month, without projects that had no clips."""
    sums = DayTotal.objects.filter(day__gte=month_start()).order_by().values_list("project_id")
    told = sums.annotate(all_clips=Sum("clips"), cost=COST, all_held=Sum("held"))
    return {project: Spent(clips, cost, held) for project, clips, cost, held in told}


def month_start() -> date:
    return timezone.localdate().replace(day=1)


def budgets_of(project: Project) -> list[BudgetStatus]:
    """The status of this project's own budgets."""
    running = Budget.objects.running().filter(scope=Budget.Scope.PROJECT, project=project)
    return [budget_status(budget) for budget in running.select_related("project")]
