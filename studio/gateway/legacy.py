"""The older call of the API, POST /api/v1/generate/video/: two models by other names, its own answer and status.

For scripts that were written for it. It asks for a clip of a model of today, in that model's usual length and quality.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse

from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.decode.request import decode_request
from studio.contract.errors import InvalidRequest
from studio.contract.rules import defaults
from studio.gateway import body, idempotency
from studio.gateway.answers import Detail, Problem, success
from studio.gateway.call import READING, Caller, call
from studio.gateway.generate import ClipRequest, create_clip
from studio.gateway.views import POSTING, job_of
from studio.jobs.job_report import job_report
from studio.jobs.models import Job
from studio.tokens.models import Scope

USUAL = "veo3_fast"
SUCCESSORS: Mapping[str, tuple[str, ...]] = {  # of each name, the first slug that is offered
    "veo3_fast": ("veo3_fast", "veo31_fast"),
    "veo3": ("veo3", "veo31", "veo31_quality"),
}
RATIOS = ("16:9", "9:16")
STATES = {
    "pending": "GENERATING",
    "processing": "GENERATING",
    "completed": "COMPLETED",
    "failed": "FAILED",
}
FIELDS: Mapping[str, str] = {  # of the older body → of today's
    "prompt": "prompt",
    "aspect_ratio": "aspect_ratio",
    "source_image_urls": "input_image_urls",
}

OLDER = {today: older for older, today in FIELDS.items() if older != today}


@call(POSTING, Scope.GENERATE)
def generate(request: HttpRequest, caller: Caller) -> HttpResponse:
    said = body.read(request)
    with _in_older_words():
        name, asked = _translated(said)
        with idempotency.recognized(request, caller.token, said) as known:
            outcome = create_clip(caller, asked, known)
    return success(
        data={
            "generation_id": str(outcome.job.public_id),
            "status": "processing",
            "generation_type": "video",
            "video_model": name,
            "credits_used": outcome.job.credits,
            "credits_remaining": outcome.remaining,
            "mode": "image-to-video" if asked.wanted.input_image_urls else "text-to-video",
            "message": "The clip was asked for.",
        }
    )


@call(READING, Scope.READ, Scope.GENERATE)
def status(request: HttpRequest, caller: Caller, generation_id: str) -> HttpResponse:
    return success(**_report(job_of(caller, generation_id)))


@contextmanager
def _in_older_words() -> Iterator[None]:
    """A refusal names the fields that this call has."""
    try:
        yield
    except Problem as problem:
        problem.errors = [
            Detail(OLDER.get(one.field, one.field), _older(one.message)) for one in problem.errors
        ]
        problem.sentence = _older(problem.sentence)
        raise


def _older(sentence: str) -> str:
    for today, older in OLDER.items():
        sentence = sentence.replace(today, older)
    return sentence


def _translated(said: Mapping[str, Any]) -> tuple[str, ClipRequest]:
    """The older model's name, and the request in the terms of today's. Raises Problem."""
    said = {field: value for field, value in said.items() if value is not None}
    name = said.get("video_model", USUAL)
    if not isinstance(name, str) or name not in SUCCESSORS:
        raise Problem.at_field("video_model", f"video_model must be {' or '.join(SUCCESSORS)}.")
    if unknown := next((field for field in said if field not in {"video_model", *FIELDS}), None):
        raise Problem(400, f"This older call has no field “{unknown[:80]}”.")
    if said.get("aspect_ratio", RATIOS[0]) not in RATIOS:
        raise Problem.at_field("aspect_ratio", f"aspect_ratio must be {' or '.join(RATIOS)}.")
    model = _successor(name)
    own = {today: said[field] for field, today in FIELDS.items() if field in said}
    try:
        wanted = decode_request(
            {**defaults(model.capability), **own, "model_slug": model.slug}, model.capability
        )
    except InvalidRequest as error:
        raise Problem.at_field(error.field, error.sentence) from None
    return name, ClipRequest(wanted, model)


def _successor(name: str) -> StudioModel:
    offered = default_connection().models.offered()
    found = (offered.with_slug(slug) for slug in SUCCESSORS[name])
    model = next((model for model in found if model), None)
    if model is None:
        raise Problem(
            404, f"{name} has no successor among today's models: use /api/v1/video-studio/generate/."
        )
    return model


def _report(job: Job) -> dict[str, Any]:
    now = job_report(job)
    urls = now["result_urls"]
    return {
        "id": now["job_id"],
        "status": STATES[now["status"]],
        "created_at": now["created_at"],
        "completed_at": now["completed_at"],
        "parameters": {
            "prompt": now["prompt"],
            "aspect_ratio": now.get("aspect_ratio", ""),
            "model": now["model_slug"],
        },
        "credits_used": now["credits_charged"],
        "credits_refunded": now.get("credits_refunded") is True,
        "video_url": urls[0] if urls else None,
        "error": now.get("error_message"),
    }
