"""What the API answers to a request for a clip: an acceptance and two refusals, in the very shape it gives them.

The sentence of the first refusal is what the contract's rules say of a wrong request for this model; the shapes are
those that studio.gateway makes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import JsonResponse

from studio.contract.capability import Capability
from studio.contract.request import GenerateRequest
from studio.contract.rules import check
from studio.gateway.answers import success
from studio.gateway.refusals import refused
from studio.jobs.dispatch.shortage import Shortage
from studio.jobs.submit import CannotSubmit

JOB_ID = "8990f846-f6f0-4ff1-a298-d0a72d49e7ad"
LEFT = 438  # credits
USUAL_PRICE = 220  # credits, if the price is unknown


@dataclass(frozen=True, slots=True)
class Answer:
    """``when`` is a description; ``body`` is formatted JSON."""

    status: int
    when: str
    body: str


def answers(request: GenerateRequest, capability: Capability, price: int | None) -> Iterator[Answer]:
    required = USUAL_PRICE if price is None else price
    wrong = check(faulty_request(request, capability), capability)
    short = Shortage(required, required // 2)
    refusal = CannotSubmit({"": short.sentence}, short)
    yield _answer("Accepted", success(job_ids=[JOB_ID], credits_remaining_total=LEFT, warnings=[]))
    yield _answer("Invalid request", refused(CannotSubmit(wrong)).answer())
    yield _answer("The credits do not suffice", refused(refusal).answer())


def faulty_request(request: GenerateRequest, capability: Capability) -> GenerateRequest:
    """Like ``request``, with one invalid value for this model: too long, else an unknown quality."""
    if capability.durations:
        return request.but(duration_seconds=max(capability.durations) + 1)
    return request.but(quality_mode="ultra")


def _answer(when: str, response: JsonResponse) -> Answer:
    body = json.dumps(json.loads(response.content), indent=2, ensure_ascii=False)
    return Answer(response.status_code, when, body)
