"""The OpenAPI 3.1 document of the gateway, put together from the contract's types and the table of calls."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt

from studio.catalog.connections import default_connection
from studio.contract.capability import Capability
from studio.gateway.answers import Problem
from studio.gateway.body import MOST_BYTES, MOST_LEVELS
from studio.gateway.call import READING, expect_method
from studio.gateway.legacy import SUCCESSORS
from studio.gateway.openapi.operations import JOB, OPERATIONS
from studio.gateway.openapi.refusals import HEADERS, responses
from studio.gateway.openapi.schemas import schemas
from studio.gateway.openapi.shapes import ref
from studio.gateway.openapi.words import ABOUT, CLIPS, COMING_IN, LEGACY, MODELS, NOTICE
from studio.jobs.sync.repeated import KEYS_LAST

MINUTES_KEPT = 5  # by browsers and proxies

DELIVERY = "7d0c4c1e-4b1c-4f6e-9f57-2a3a2f6c7a10"
SENT_AT = "1764064882"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OLD_SIGNATURE = f"t={SENT_AT},v1={'5f0c9d7e' * 8}"
GOES = "Of before: not sent from the next release on."
ENDED = {  # each event: what code calls it, in a few words, and how its job differs from a completed one
    "job.completed": ("jobCompleted", "A clip is ready", {}),
    "job.failed": (
        "jobFailed",
        "A clip failed",
        {
            "status": "failed",
            "result_urls": [],
            "credits_charged": 100,
            "credits_refunded": True,
            "error_message": "The studio could not make this clip.",
        },
    ),
}


def document(origin: str, offered: Iterable[Capability] = ()) -> dict[str, Any]:
    """The whole document, as JSON. ``origin``: where this installation is reached, without a slash at its end.

    ``offered`` are the models whose parameters a request may have.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = operation.described
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Dailies: the Video Studio API",
            "version": "1",
            "summary": "The Video Studio API, served to the team's scripts.",
            "description": _about(),
            "contact": {"name": "The admins of this installation", "url": origin},
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": origin}],
        "tags": [
            {"name": "Models", "description": MODELS},
            {"name": "Clips", "description": CLIPS},
            {"name": "Legacy", "description": LEGACY.format(successors=_successors())},
        ],
        "paths": paths,
        "webhooks": {event: {"post": _notice(event)} for event in ENDED},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": COMING_IN}},
            "headers": HEADERS,
            "responses": responses(),
            "schemas": schemas(offered),
        },
    }


def origin_of(request: HttpRequest) -> str:
    """Where the reader reaches this installation; behind a proxy only the setting knows."""
    return settings.PUBLIC_URL if settings.HTTPS else request.build_absolute_uri("/").rstrip("/")


@csrf_exempt
@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    """Open to all, signed in or not: it holds no secret, only names of models and of what they take."""
    try:
        expect_method(request, READING)
    except Problem as problem:
        return problem.answer()
    written = json.dumps(document(origin_of(request), _offered()), ensure_ascii=False, indent=1).encode()
    etag = f'"{sha256(written).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={MINUTES_KEPT * 60}"}
    answer = HttpResponse(written, content_type="application/json", headers=headers)
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _offered() -> list[Capability]:
    return [model.capability for model in default_connection().models.offered()]


def _about() -> str:
    hours = settings.RESULT_URL_HOURS
    return ABOUT.format(
        kilobytes=MOST_BYTES // 1024,
        levels=MOST_LEVELS,
        reads=settings.API_READS_PER_MINUTE,
        clips=settings.API_CLIPS_PER_MINUTE,
        remembered=int(KEYS_LAST.total_seconds()) // 3600,
        opens_for="an hour" if hours == 1 else f"{hours} hours",
    )


def _successors() -> str:
    lines = [f"- `{old}`: the first of {_in_code(new)} that is offered" for old, new in SUCCESSORS.items()]
    return "\n".join(lines)


def _in_code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _notice(event: str) -> dict[str, Any]:
    """One webhook: what is sent when a job ended so."""
    name, summary, ending = ENDED[event]
    body = {"id": DELIVERY, "event": event, "job": JOB | ending, "at": JOB["completed_at"]}
    content = {"schema": ref("Notice"), "example": body}
    return {
        "operationId": name,
        "summary": summary,
        "description": NOTICE,
        "security": [],
        "parameters": [
            _header("webhook-id", "Of this delivery: one that comes twice has the same.", DELIVERY),
            _header("webhook-timestamp", "When it was sent, in Unix seconds.", SENT_AT),
            _header("webhook-signature", "Signatures, separated by blanks.", SIGNATURE),
            _header("Dailies-Event", f"How the job ended. {GOES}", event, deprecated=True),
            _header("Dailies-Delivery", f"As `webhook-id`. {GOES}", DELIVERY, deprecated=True),
            _header("Dailies-Signature", f"The time and a signature. {GOES}", OLD_SIGNATURE, deprecated=True),
        ],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"2XX": {"description": "It arrived. What the answer holds is not read."}},
    }


def _header(name: str, words: str, example: str, *, deprecated: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": not deprecated,
        **({"deprecated": True} if deprecated else {}),
        "description": words,
        "schema": {"type": "string"},
        "example": example,
    }
