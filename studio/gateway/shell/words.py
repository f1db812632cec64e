"""What somebody at the command line is told of a clip: its page, its price, what is left, and how it ended."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from studio.catalog.models import StudioModel
from studio.contract.capability import Capability
from studio.contract.request import GenerateRequest
from studio.contract.words import phrases
from studio.gateway.quote import Quote
from studio.jobs.job_report import WHY
from studio.jobs.lifecycle.approvals import may_decide
from studio.jobs.models import Approval, Job
from studio.jobs.money.available import available_credits
from studio.jobs.money.estimating import price_of
from studio.jobs.money.spending_check import check_spending
from studio.jobs.states import JobState
from studio.jobs.submit import Intent
from studio.jobs.visibility.links import result_url
from studio.team.models import Member

MOST_NAMED = 8


def of_what_was_asked(job: Job) -> Iterator[str]:
    model = StudioModel.objects.get(connection_id=job.connection_id, slug=job.model_slug)
    yield f"Clip {job.pk}: {page(job)}"
    yield f"{model.name}{_choices(job.generate_request, model.capability)}: {_price(job, model)}"
    yield _left(job, model)
    approval = job.submission.approval
    if approval and job.state == JobState.APPROVAL:
        yield _held(job, approval)


def of_a_quote(intent: Intent, quote: Quote) -> Iterator[str]:
    price = "price not known" if quote.credits is None else _credits(quote.credits)
    reason = "" if quote.reason == price else f" ({quote.reason})"
    yield f"{intent.model.name}{_choices(intent.request, intent.model.capability)}: {price}{reason}."
    left = "not known" if quote.remaining_after is None else _credits(quote.remaining_after)
    yield f"Left after it: {left}."
    if quote.short:
        yield f"It would be refused. {quote.short}"
    if quote.approval:
        yield " ".join(["It would wait for approval.", *quote.approval])
    yield "Nothing was sent."


def of_its_end(job: Job) -> str:
    if job.state == JobState.COMPLETED:
        return f"Ready after {job.elapsed.total_seconds():,.0f} s. {_cost(job)}"
    why = job.error or WHY.get(JobState(job.state), "Nobody watches it here any more.")
    return f"{JobState(job.state).label}. {why} {_cost(job)} {page(job)}"


def page(job: Job) -> str:
    return f"{settings.PUBLIC_URL}{reverse('dashboard:job-detail', args=[job.pk])}"


def addresses(job: Job) -> list[str]:
    """Ours, which open without signing in; the studio's where there is no copy here."""
    return [result_url(file.clip) for file in job.files.all()] or list(job.result_urls)


def named(words: QuerySet[Any, Any]) -> str:
    """The first of them, and whether there are more."""
    found = [str(word) for word in words[: MOST_NAMED + 1]]
    return ", ".join(found[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "")


def _choices(asked: GenerateRequest, capability: Capability) -> str:
    return "".join(f", {one}" for one in phrases(asked.values, capability))


def _price(job: Job, model: StudioModel) -> str:
    if job.estimate is None:
        return f"what it costs is not known beforehand. {price_of(job.generate_request, model).basis}".strip()
    return f"{_credits(job.estimate)}."


def _left(job: Job, model: StudioModel) -> str:
    """After this one."""
    available = available_credits(job.connection)
    balance = "not known yet" if available is None else _credits(available)
    tightest = check_spending(job.owner, model, job.project, 0).tightest
    budget = f"; in the budget “{tightest.budget.name}”, {_credits(tightest.left)}" if tightest else ""
    return f"Left after it: {balance}{budget}."


def _held(job: Job, approval: Approval) -> str:
    who = named(Member.objects.deciding().exclude(pk=job.owner_id))
    reasons = " ".join(approval.reasons)
    where = f"{settings.PUBLIC_URL}{reverse('dashboard:approval-list')}"
    alone = "you" if may_decide(approval, job.owner) else "nobody yet"
    return f"It waits for approval. {reasons} Who decides: {who or alone}, at {where}"


def _cost(job: Job) -> str:
    if job.credits is None:
        return "What it cost is not known."
    return f"It cost {_credits(job.credits)}." if job.credits else "It cost nothing."


def _credits(number: int) -> str:
    return f"{number:,} credit{'' if number == 1 else 's'}"
