"""Turns an accepted form into rows for the worker to send: one submission for each clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from studio.audit.log import record
from studio.catalog.models import StudioModel
from studio.contract.request import GenerateRequest
from studio.contract.rules import check
from studio.core.errors import UserFacingError
from studio.credits import ledger
from studio.credits.budget_changes import warn_of_budgets
from studio.credits.budgets import BudgetStatus
from studio.jobs.dispatch.shortage import Shortage, shortage
from studio.jobs.lifecycle import approvals
from studio.jobs.lifecycle.machine import MAY_HAVE_BEEN_SENT
from studio.jobs.lifecycle.moving import account_of
from studio.jobs.models import Approval, Event, Job, Revision, Submission
from studio.jobs.money.estimating import price_of
from studio.jobs.money.spending_check import check_spending_under_lock, family_of
from studio.jobs.states import JobState, SubmissionState
from studio.jobs.sync.repeated import may_be_forgotten
from studio.notify.models import Hook
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens.models import Token

MOST_VARIATIONS = 4
PAST_JOBS = 20  # of a model, used for its expected time


class CannotSubmit(UserFacingError):
    """``errors`` maps a field of the request to a sentence; "" stands for the request as a whole.

    ``lack`` has the figures if credits are missing, ``short`` is the hard budget if one is what lacks them.
    """

    def __init__(
        self, errors: dict[str, str], lack: Shortage | None = None, short: BudgetStatus | None = None
    ) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors
        self.lack = lack
        self.short = short


@dataclass(frozen=True, slots=True)
class Intent:
    """A request to create clips. ``token`` makes it idempotent: the same token is the same request.

    Without a project it belongs to the general one. ``api_token`` is the token of the script that sent it, ``hook`` the
    webhook to call when a clip ends. ``refuse_shortage`` refuses it if the studio's balance is known not to cover it;
    otherwise it waits for a top-up.
    """

    owner: Member
    model: StudioModel
    request: GenerateRequest
    token: UUID
    variations: int = 1
    project: Project | None = None
    is_private: bool = False
    api_token: Token | None = None
    hook: Hook | None = None
    refuse_shortage: bool = False


def submit(intent: Intent) -> list[Job]:
    """Hold the credits and write submissions and jobs, in one transaction. A repeated token returns the first's jobs.

    Raises CannotSubmit, with nothing written, if the model does not take the request or a hard budget does not cover
    it.
    """
    if found := submitted(intent.owner, intent.token):
        return found
    project = intent.project or Project.objects.general()
    try:
        if errors := faults(intent, project):
            raise CannotSubmit(errors)
        with transaction.atomic():
            return _write_all(intent, project)
    except (IntegrityError, CannotSubmit):
        # The same form may have arrived twice at the same time, and the other one won.
        if found := submitted(intent.owner, intent.token):
            return found
        raise


def faults(intent: Intent, project: Project) -> dict[str, str]:
    """Errors that do not depend on the price: field → sentence, "" for the request as a whole. Empty if it is fine."""
    if not intent.owner.makes_clips:
        return {"": "Viewers can’t create clips."}
    if not intent.model.is_offered:
        return {"model_slug": f"{intent.model.name} is no longer offered."}
    if not 1 <= intent.variations <= MOST_VARIATIONS:
        return {"variations": f"Choose 1 to {MOST_VARIATIONS} variations."}
    if intent.is_private and intent.request.prompt_directory_optin:
        return {"is_private": "A clip shared in the prompt directory is published, so it can’t be private."}
    if not Project.objects.usable_by(intent.owner).filter(pk=project.pk).exists():
        return {"project": f"You can’t create clips in {project}."}
    return check(intent.request, intent.model.capability)


def submitted(owner: Member, token: UUID) -> list[Job]:
    """The jobs that were already written for that token; empty for a new one."""
    same = Job.objects.filter(submission__owner=owner, submission__token=token)
    return list(same.order_by("submission__variation", "pk"))


def _write_all(intent: Intent, project: Project) -> list[Job]:
    """Budgets are locked before anything is counted, until all credits are held."""
    today, price = timezone.localdate(), price_of(intent.request, intent.model).credits
    total = None if price is None else price * intent.variations
    spending = check_spending_under_lock(intent.owner, intent.model, project, total, today, intent.api_token)
    if intent.refuse_shortage and (lack := shortage(intent.model, total)):
        raise CannotSubmit({"": lack.sentence}, lack)
    if spending.short:
        raise CannotSubmit({"": spending.refusal}, Shortage(total or 0, spending.short.left), spending.short)
    approval = approvals.ask(intent.owner, list(spending.reasons), total) if spending.reasons else None
    numbers = range(1, intent.variations + 1)
    jobs = [_write(intent, number, project, today, price, approval) for number in numbers]
    warn_of_budgets(intent.owner, spending.budgets, total or 0)
    _record(intent, jobs, total)
    return jobs


def _record(intent: Intent, jobs: Sequence[Job], total: int | None) -> None:
    """One audit entry per form, however many clips it creates. The prompt is left out, because it may be private."""
    about, model = f"job:{jobs[0].pk}", intent.model.slug
    script = intent.api_token
    by_script = {"token": script.name, "token_number": script.pk} if script else {}  # names are not unique
    record(
        "clip.asked",
        by=intent.owner,
        about=about,
        model=model,
        credits=total,
        variations=len(jobs),
        **by_script,
    )


def _write(
    intent: Intent,
    variation: int,
    project: Project,
    today: date,
    price: int | None,
    approval: Approval | None,
) -> Job:
    model, body = intent.model, intent.request.to_json()
    span = may_be_forgotten(model.connection, intent.token)
    state = SubmissionState.UNKNOWN if span else SubmissionState.QUEUED
    if approval:
        state = SubmissionState.APPROVAL
    submission = Submission.objects.create(
        owner=intent.owner,
        connection_id=model.connection_id,
        approval=approval,
        token=intent.token,
        variation=variation,
        request=body,
        state=state,
        doubt_from=span.since if span else None,
        doubt_until=span.until if span else None,
        sent_at=span.since if span and not approval else None,
        lost_at=span.until if span and not approval else None,
    )
    job = Job.objects.create(
        owner=intent.owner,
        connection_id=model.connection_id,
        submission=submission,
        project=project,
        spender=intent.owner,
        asked_on=today,
        is_private=intent.is_private,
        api_token=intent.api_token,
        hook=intent.hook,
        model_slug=model.slug,
        model_name=model.name,
        model_family=family_of(model.capability),
        prompt=intent.request.prompt,
        request=body,
        state=JobState(state),
        error=MAY_HAVE_BEEN_SENT if state == SubmissionState.UNKNOWN else "",
        estimate=price,
        expected_seconds=expected_seconds(model.connection_id, model.slug),
        rev=Revision.bump(),
    )
    detail = " ".join(approval.reasons) if approval else job.error
    Event.objects.create(job=job, what=state, detail=detail, person=intent.owner)
    ledger.ask(account_of(job), price)
    return job


def expected_seconds(connection_id: int, model_slug: str) -> int | None:
    """The median seconds from acceptance to the end of the model's last clips; None without any.

    Clips that ended before they began are skipped: the clock was set back while they were made.
    """
    times = (
        Job.objects.filter(connection_id=connection_id, model_slug=model_slug, state=JobState.COMPLETED)
        .order_by("-id")
        .values_list("accepted_at", "finished_at")[:PAST_JOBS]
    )
    seconds = [(end - start).total_seconds() for start, end in times if start and end and start <= end]
    return round(median(seconds)) or None if seconds else None
