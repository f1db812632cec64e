"""Requests that need approval by a manager or admin, and the decision."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from studio.audit.log import record
from studio.core.rows import compare_and_set
from studio.jobs.lifecycle import decisions
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Approval, Submission
from studio.jobs.states import SubmissionState
from studio.notify.kinds import Kind
from studio.notify.telling import notify
from studio.team.errors import NotAllowed
from studio.team.models import Member

Verdict = Approval.Verdict


def ask(owner: Member, reasons: list[str], credits: int | None) -> Approval:
    """Create the approval and notify those who can decide. Call it in the transaction that writes the clips."""
    approval = Approval.objects.create(owner=owner, reasons=reasons, credits=credits)
    price = "clips of unknown price" if credits is None else f"clips for {credits:,} credits"
    notify(
        Kind.APPROVAL_WANTED,
        Member.objects.deciding().exclude(pk=owner.pk),
        about=f"approval:{approval.pk}",
        title=f"{owner} requests {price}",
        text=" ".join(reasons),
        path=reverse("dashboard:approval-list"),
    )
    return approval


@transaction.atomic
def approve(approval: Approval, by: Member, note: str = "") -> None:
    """Queue its clips for sending. Raises NotAllowed, or Moved if someone else has decided."""
    _decide(approval, Verdict.APPROVED, by, note)
    for submission in _waiting(approval):
        decisions.approve(submission, by, note)
    _announce(approval)


@transaction.atomic
def decline(approval: Approval, by: Member, note: str = "") -> None:
    """Send nothing and free the held credits. Raises the same errors as ``approve``."""
    _decide(approval, Verdict.DECLINED, by, note)
    for submission in _waiting(approval):
        decisions.decline(submission, by, note)
    _announce(approval)


def may_decide(approval: Approval, member: Member) -> bool:
    """True for managers and admins, for other people's requests.

    The only manager may also confirm an own request of unknown price under a hard budget: otherwise it would wait
    forever, and confirming it accepts the unknown price knowingly.
    """
    if not member.is_manager:
        return False
    return approval.owner_id != member.pk or (approval.credits is None and not _has_colleague(member))


def decidable_by(member: Member) -> QuerySet[Approval]:
    """The open approvals for which ``may_decide`` is true."""
    if not member.is_manager:
        return Approval.objects.none()
    waiting, mine = Approval.objects.filter(verdict=""), Q(owner=member)
    return waiting.exclude(mine if _has_colleague(member) else mine & Q(credits__isnull=False))


def _has_colleague(member: Member) -> bool:
    return Member.objects.deciding().exclude(pk=member.pk).exists()


def _decide(approval: Approval, verdict: Verdict, by: Member, note: str) -> None:
    """Compare-and-set: if two people decide at the same time, one of them does."""
    if not may_decide(approval, by):
        raise NotAllowed("Another manager or admin has to decide this.")
    decided = {"verdict": verdict, "decided_at": timezone.now(), "decided_by": by, "note": note}
    if not compare_and_set(Approval.objects.filter(verdict=""), approval, **decided):
        raise Moved(f"{approval} was already decided.")


def _waiting(approval: Approval) -> list[Submission]:
    waiting = approval.submissions.filter(state=SubmissionState.APPROVAL)
    return list(waiting.order_by("variation"))


def _announce(approval: Approval) -> None:
    verdict, by = Verdict(approval.verdict), approval.decided_by
    notify(
        Kind.APPROVAL_DECIDED,
        [] if by == approval.owner else [approval.owner],
        about=f"approval:{approval.pk}",
        title=f"{by} {'approved' if verdict is Verdict.APPROVED else 'declined'} your request",
        text=approval.note,
        path=reverse("dashboard:approval-list"),
    )
    record(
        f"approval.{verdict}",
        by=by,
        about=f"approval:{approval.pk}",
        person=str(approval.owner),
        credits=approval.credits,
        note=approval.note,
    )
