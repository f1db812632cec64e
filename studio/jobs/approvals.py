"""Requests that somebody who decides on spending has to say yes to: when that is, and the decision."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from studio.credits.budgets import Standing, overdrawn
from studio.credits.models import SpendingRules
from studio.jobs import machine
from studio.jobs.models import Approval, Submission
from studio.jobs.states import SubmissionState
from studio.projects.models import Project
from studio.team.errors import NotAllowed
from studio.team.models import Member

Verdict = Approval.Verdict


def reasons_to_ask(
    owner: Member, project: Project, total: int | None, found: Sequence[Standing]
) -> list[str]:
    """Sentences; none where it may be sent at once. Who may approve it asks nobody: pressing the button is a yes."""
    if owner.is_manager:
        return []
    least = threshold(project)
    if total is None:
        return ["What it costs cannot be told beforehand."] if least is not None or found else []
    over = [f"It goes over the budget “{one.budget}”." for one in overdrawn(found, total)]
    if least is not None and total >= least:
        return [f"It costs {total:,} credits; from {least:,} on it needs approval.", *over]
    return over


def threshold(project: Project) -> int | None:
    """Credits of one request from which on it needs approval: the project's own figure, else the team's."""
    if project.approve_from is not None:
        return project.approve_from
    return SpendingRules.current().approve_from


@transaction.atomic
def approve(approval: Approval, by: Member, note: str = "") -> None:
    """Its clips wait to be sent. Raises NotAllowed; raises machine.Moved when it was decided meanwhile."""
    _decide(approval, Verdict.APPROVED, by, note)
    for submission in _waiting(approval):
        machine.approve(submission, by, note)


@transaction.atomic
def decline(approval: Approval, by: Member, note: str = "") -> None:
    """Nothing is sent, and what was held is free again. Raises as ``approve`` does."""
    _decide(approval, Verdict.DECLINED, by, note)
    for submission in _waiting(approval):
        machine.decline(submission, by, note)


def _decide(approval: Approval, verdict: Verdict, by: Member, note: str) -> None:
    """Compare-and-set: of two people who decide at once, one does."""
    if not by.is_manager or by.pk == approval.owner_id:
        raise NotAllowed("Somebody else who decides on spending has to say so.")
    decided = {"verdict": verdict, "decided_at": timezone.now(), "decided_by": by, "note": note}
    if not Approval.objects.filter(pk=approval.pk, verdict="").update(**decided):
        raise machine.Moved(f"{approval} was decided meanwhile.")
    for name, value in decided.items():
        setattr(approval, name, value)


def _waiting(approval: Approval) -> list[Submission]:
    waiting = approval.submissions.filter(state=SubmissionState.APPROVAL)
    return list(waiting.order_by("variation"))
