"""What each person is making, and what it costs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from dashboard.board.lanes import Lane
from studio.credits.budgets import BudgetStatus
from studio.credits.models import DayTotal
from studio.credits.personal_budgets import personal_budget_statuses
from studio.jobs.models import Job
from studio.jobs.states import JobState
from studio.team.models import Member

SPENT = F("charged") - F("refunded")


@dataclass(frozen=True, slots=True)
class Use:
    """Use by one person. Credits are charges less refunds, for the clips requested on those days."""

    made_today: int = 0
    today: int = 0
    month: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    member: Member
    making: int
    waiting: int
    use: Use
    of_team: int  # the whole team's credits of the month
    budget: BudgetStatus | None
    last_asked_at: datetime | None

    def __bool__(self) -> bool:
        """Whether there is any activity."""
        return bool(self.making or self.waiting or self.use != Use())

    @property
    def share(self) -> int:
        """Per cent of the team's credits this month."""
        return round(self.use.month * 100 / self.of_team) if self.of_team > 0 else 0


def people(found: Iterable[Lane]) -> list[Person]:
    """All active members, and others with activity, busiest first. The number of queries is constant."""
    today = timezone.localdate()
    uses = _uses(today)
    making, waiting = Counter[int](), Counter[int]()
    for lane in found:
        making += lane.making_per_person
        waiting += lane.waiting_per_person
    busy = {*making, *waiting, *uses}
    newest = Job.objects.filter(owner=OuterRef("pk")).order_by("-id").values("created_at")[:1]
    everybody = Member._base_manager.annotate(last_asked_at=Subquery(newest))
    members = list(everybody.filter(Q(is_active=True) | Q(pk__in=busy)))
    budgets = personal_budget_statuses([member.pk for member in members], today)
    of_team = sum(use.month for use in uses.values())
    found_people = [
        Person(
            member=member,
            making=making[member.pk],
            waiting=waiting[member.pk],
            use=uses.get(member.pk, Use()),
            of_team=of_team,
            budget=budgets.get(member.pk),
            last_asked_at=member.last_asked_at,
        )
        for member in members
    ]
    return sorted(
        found_people, key=lambda one: (-one.making, -one.waiting, -one.use.month, str(one.member).lower())
    )


def _uses(today: date) -> dict[int, Use]:
    month = DayTotal.objects.filter(day__gte=today.replace(day=1), person_id__gt=0).order_by()
    of_today = Q(day=today)
    sums = month.values_list("person_id").annotate(
        made=Sum("clips", filter=of_today & Q(outcome=JobState.COMPLETED), default=0),
        today=Sum(SPENT, filter=of_today, default=0),
        month=Sum(SPENT, default=0),
    )
    return {person: Use(*figures) for person, *figures in sums}
