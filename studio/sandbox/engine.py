"""The four calls of the API, answered locally: the same rules, prices and refusals, without real costs."""

import uuid
from dataclasses import replace
from typing import NoReturn

from django.db import transaction

from studio.contract.answers import Accepted, History, JobReport
from studio.contract.capability import Capability, Models
from studio.contract.decode import decode_models
from studio.contract.errors import InsufficientCredits, InvalidRequest, NotFound
from studio.contract.price import estimate
from studio.contract.request import GenerateRequest
from studio.contract.rules import check
from studio.sandbox import catalogue, steering
from studio.sandbox.models import SandboxAccount, SandboxJob

MOST_HISTORY = 100
REFUSED = "The prompt was refused: it asks for something that this studio does not make."


class Sandbox:
    """An Engine (``studio.contract.engine``) backed by its own tables. It never raises OutcomeUnknown."""

    def __init__(self, account: str = "Sandbox") -> None:
        self._name = account

    def models(self) -> Models:
        return replace(decode_models(catalogue.answer()), credits_remaining=self._account().credits)

    def generate(self, request: GenerateRequest) -> Accepted:
        """Charge the account and queue a job, in one transaction."""
        capability = self._capability(request.model_slug)
        for field, sentence in check(request, capability).items():
            raise InvalidRequest(sentence, field)
        if steering.says(request.prompt, steering.REJECT):
            raise InvalidRequest(REFUSED, "prompt")
        request = _completed(request, capability)
        price = _price(request, capability)
        account = self._account()
        with transaction.atomic():
            if not account.charge(price):
                self._refuse(price)
            job = SandboxJob.objects.create(account=account, request=request.to_json(), credits_charged=price)
            account.refresh_from_db(fields=["credits"])
        return Accepted(
            job_ids=(str(job.job_id),),
            credits_remaining=account.credits,
            raw={
                "success": True,
                "job_ids": [str(job.job_id)],
                "credits_remaining_total": account.credits,
            },
        )

    def status(self, job_id: str) -> JobReport:
        try:
            return self._account().jobs.get(job_id=uuid.UUID(job_id)).report()
        except (SandboxJob.DoesNotExist, ValueError):
            raise NotFound("The sandbox knows no such job.") from None

    def history(self, limit: int = MOST_HISTORY) -> History:
        account = self._account()
        jobs = account.jobs.order_by("-pk")[: max(1, min(limit, MOST_HISTORY))]
        return History(jobs=tuple(job.report() for job in jobs), credits_remaining=account.credits)

    def _account(self) -> SandboxAccount:
        return SandboxAccount.objects.get_or_create(name=self._name)[0]

    def _capability(self, slug: str) -> Capability:
        for capability in self.models().capabilities:
            if capability.slug == slug:
                return capability
        raise NotFound(f"The sandbox has no model “{slug}”.")

    def _refuse(self, required: int) -> NoReturn:
        available = self._account().credits
        raise InsufficientCredits(
            f"Not enough credits: this clip costs {required}, and {available} are left.", required, available
        )


def _completed(request: GenerateRequest, capability: Capability) -> GenerateRequest:
    """The request with a duration: if none was given, the first that the model offers."""
    if request.duration_seconds is not None or not capability.durations:
        return request
    return request.but(duration_seconds=capability.durations[0])


def _price(request: GenerateRequest, capability: Capability) -> int:
    """The price in credits. This studio adds sound only if it is requested."""
    with_sound_set = request.but(sound=request.sound is True)
    return int(estimate(with_sound_set, capability).credits or 0)
