"""What the approvals page shows: each request with everything needed to decide it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from studio.contract.words import Fact, facts, inputs
from studio.credits.budgets import BudgetStatus, budget_status, budget_statuses
from studio.credits.models import BudgetRequest
from studio.jobs.lifecycle import approvals
from studio.jobs.lifecycle.moving import account_of
from studio.jobs.models import Approval, Job
from studio.jobs.money.available import available_credits
from studio.team.models import Member

MOST = 50  # of each kind


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is waiting for approval. Its clips differ only in their variation number: ``job`` is the first.

    Its credits are already held: ``left`` and ``budgets`` are as they will be once it is made. ``left`` is None while
    the balance is not known.
    """

    approval: Approval
    job: Job
    clips: int
    is_shown: bool  # the prompt and the settings
    left: int | None
    budgets: Sequence[BudgetStatus]
    may_decide: bool

    @property
    def parameters(self) -> list[Fact]:
        return facts(self.job.generate_request.values)

    @property
    def inputs(self) -> list[tuple[str, str]]:
        return inputs(self.job.generate_request.values)


@dataclass(frozen=True, slots=True)
class Wish:
    """A request for more budget."""

    asked: BudgetRequest
    status: BudgetStatus
    may_decide: bool


def asked(user: Member) -> Iterator[Asked]:
    """Oldest first; a member sees their own."""
    for approval in _concerning(user).filter(verdict="").order_by("asked_at")[:MOST]:
        jobs = list(_jobs_of(approval, user))
        if jobs:
            yield _asked(approval, jobs, user)


def _asked(approval: Approval, jobs: list[Job], user: Member) -> Asked:
    job = jobs[0]
    return Asked(
        approval=approval,
        job=job,
        clips=len(jobs),
        is_shown=not job.is_hidden,
        left=available_credits(job.connection),
        budgets=budget_statuses(account_of(job)),
        may_decide=approvals.may_decide(approval, user),
    )


def _jobs_of(approval: Approval, user: Member) -> QuerySet[Job]:
    waiting = Job.objects.for_user(user).filter(submission__approval=approval, state=Job.State.APPROVAL)
    return waiting.select_related("project", "connection", "submission").order_by("pk")


def _concerning(user: Member) -> QuerySet[Approval]:
    found = Approval.objects.select_related("owner", "decided_by")
    return found if user.is_manager else found.filter(owner=user)


def wishes(user: Member) -> Iterator[Wish]:
    for wish in _wishes_concerning(user).filter(decided_at=None).order_by("pk")[:MOST]:
        yield Wish(
            asked=wish,
            status=budget_status(wish.budget, wish.person_id),
            may_decide=user.is_manager and wish.person_id != user.pk,
        )


def _wishes_concerning(user: Member) -> QuerySet[BudgetRequest]:
    named = ("person", "decided_by", "budget__person", "budget__project", "budget__connection")
    found = BudgetRequest.objects.select_related(*named)
    return found if user.is_manager else found.filter(person=user)


def decided(user: Member) -> list[Approval]:
    return list(_concerning(user).exclude(verdict="").order_by("-decided_at")[:MOST])


def answered(user: Member) -> list[BudgetRequest]:
    return list(_wishes_concerning(user).exclude(decided_at=None).order_by("-decided_at")[:MOST])


def waiting_for(user: Member) -> int:
    """How many requests this person may decide."""
    if not user.is_manager:
        return 0
    return (
        approvals.decidable_by(user).count()
        + BudgetRequest.objects.filter(decided_at=None).exclude(person=user).count()
    )
