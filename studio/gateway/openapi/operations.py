"""The calls that the gateway answers, one by one: what each is for, what it takes, how it answers."""

from dataclasses import dataclass, field
from typing import Any

from studio.contract.decode import decode_models, to_json
from studio.gateway.openapi.refusals import refused_with
from studio.gateway.openapi.shapes import Schema, record, ref
from studio.sandbox.catalogue import MODELS
from studio.tokens.models import Scope

METHOD_NOT_ALLOWED = 405  # by every address, to any method that it does not take
EITHER = (Scope.READ, Scope.GENERATE)
JOB_ID = "8990f846-f6f0-4ff1-a298-d0a72d49e7ad"
WISH = {
    "model_slug": "veo31_fast",
    "prompt": "A lighthouse at dawn, waves against the rocks, slow push in",
    "aspect_ratio": "16:9",
    "duration_seconds": 8,
}
FROM_A_PICTURE = WISH | {"input_image_urls": ["https://images.example.com/lighthouse.jpg"]}
WITH_SOUND = {
    "model_slug": "kling_3_0",
    "prompt": "Rain on a tin roof, a cat watches from the window",
    "duration_seconds": 5,
    "quality_mode": "std",
    "sound": True,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """``name`` is what generated clients call it, so it has to be an identifier. Any one of ``scopes`` will do; none:
    no token.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    answers: Schema
    answers_with: str  # a sentence
    example: dict[str, Any] | None
    refusals: tuple[int, ...] = ()
    scopes: tuple[Scope, ...] = ()
    parameters: tuple[Schema, ...] = ()
    takes: Schema | None = None
    examples: dict[str, Any] = field(default_factory=dict)  # a few words → a body of ``takes``
    followed_by: tuple[str, str, str] | None = (
        None  # a call's name, its parameter, and where the answer tells it
    )
    is_legacy: bool = False

    @property
    def described(self) -> dict[str, Any]:
        """The operation object of OpenAPI."""
        content = {"schema": self.answers, **({"example": self.example} if self.example else {})}
        answered = {"description": self.answers_with, "content": {"application/json": content}, **self._links}
        return {
            "operationId": self.name,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            **({"deprecated": True} if self.is_legacy else {}),
            "security": [{"token": [scope.value]} for scope in self.scopes],
            **({"parameters": list(self.parameters)} if self.parameters else {}),
            **({"requestBody": self._body} if self.takes else {}),
            "responses": {"200": answered, **refused_with(*sorted({*self.refusals, METHOD_NOT_ALLOWED}))},
        }

    @property
    def _links(self) -> dict[str, Any]:
        if self.followed_by is None:
            return {}
        name, parameter, place = self.followed_by
        return {"links": {name: {"operationId": name, "parameters": {parameter: f"$response.body#{place}"}}}}

    @property
    def _body(self) -> dict[str, Any]:
        examples = {name: {"summary": name, "value": body} for name, body in self.examples.items()}
        return {
            "required": True,
            "content": {"application/json": {"schema": self.takes, "examples": examples}},
        }


def _id(name: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": "The job, by the id that it was given when it was asked for.",
        "schema": {"type": "string", "format": "uuid"},
        "example": JOB_ID,
    }


LIMIT = {
    "name": "limit",
    "in": "query",
    "description": "How many jobs at most. More than 100 are never told.",
    "schema": {"type": "integer", "minimum": 1, "default": 20},
}
BEFORE = {
    "name": "before",
    "in": "query",
    "description": "Only jobs that are older than this one: the `job_id` of the last one of the page before. Jobs that "
    "are made in between do not move the pages.",
    "schema": {"type": "string", "format": "uuid"},
    "example": JOB_ID,
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A word of your own for this request, new for each: 1 to 255 visible ASCII characters. Sent again "
    "with the same body within 24 hours, it is the same request, and makes nothing new.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "autumn-campaign-clip-7",
}
JOB: dict[str, Any] = {
    "job_id": JOB_ID,
    "mode": "text_to_video",
    **WISH,
    "status": "completed",
    "result_urls": [
        "https://dailies.example.com/media/clips/89/8990f846.mp4?until=1764151200&signature=Zm9v"
    ],
    "credits_charged": 100,
    "provider_meta": {"effective_duration_seconds": 8, "quality_mode": None},
    "created_at": "2026-11-25T10:00:00.123456+00:00",
    "completed_at": "2026-11-25T10:01:21.948211+00:00",
}
ACCEPTED = {"success": True, "job_ids": [JOB_ID], "credits_remaining_total": 438, "warnings": []}
QUOTED = {
    "success": True,
    "credits": 100,
    "basis": "published",
    "reason": "100 credits",
    "credits_remaining_after": 338,
    "needs_approval": False,
    "warnings": [],
}
HISTORY = "/api/v1/video-studio/history/"
LISTED = {
    "success": True,
    "jobs": [JOB],
    "credits_remaining_total": 438,
    "next": f"{HISTORY}?limit=1&before={JOB_ID}",
}
LEGACY_ACCEPTED = {
    "generation_id": JOB_ID,
    "status": "processing",
    "generation_type": "video",
    "video_model": "veo3_fast",
    "credits_used": 100,
    "credits_remaining": 438,
    "mode": "text-to-video",
    "message": "The clip was asked for.",
}
LEGACY_JOB = {
    "success": True,
    "id": JOB_ID,
    "status": "COMPLETED",
    "created_at": JOB["created_at"],
    "completed_at": JOB["completed_at"],
    "parameters": {"prompt": WISH["prompt"], "aspect_ratio": "16:9", "model": "veo31_fast"},
    "credits_used": 100,
    "credits_refunded": False,
    "video_url": JOB["result_urls"][0],
    "error": None,
}

OPERATIONS = (
    Operation(
        name="listModels",
        method="get",
        path="/api/v1/models/video/",
        tag="Models",
        summary="List the models",
        description="What every model takes and costs. Ask before you send a request: models come, go and change.",
        answers=ref("Models"),
        answers_with="The models of this installation's studio.",
        example={
            "success": True,
            "models": [to_json(model) for model in decode_models([MODELS[0]]).capabilities],
        },
        refusals=(401, 403, 429, 503),
        scopes=EITHER,
    ),
    Operation(
        name="generateClip",
        method="post",
        path="/api/v1/video-studio/generate/",
        tag="Clips",
        summary="Ask for a clip",
        description="Makes a job, which costs credits. The answer comes within some ten seconds: with the studio's own "
        "refusal where there is one, else with the job. A job that waits for its turn, for approval or for a paused "
        "studio is `pending`. Where an answer is lost on its way, send the same again with the same `Idempotency-Key`: "
        "nothing is paid twice.",
        answers=ref("Accepted"),
        answers_with="A job was made of it.",
        example=ACCEPTED,
        refusals=(400, 401, 402, 403, 404, 413, 415, 422, 429, 503),
        scopes=(Scope.GENERATE,),
        parameters=(IDEMPOTENCY_KEY,),
        takes=ref("GenerateRequest"),
        examples={"From words": WISH, "From a picture": FROM_A_PICTURE, "With sound": WITH_SOUND},
        followed_by=("getJob", "job_id", "/job_ids/0"),
    ),
    Operation(
        name="quoteClip",
        method="post",
        path="/api/v1/video-studio/quote/",
        tag="Clips",
        summary="Quote a price",
        description="Takes the body of a request for a clip and says what it would cost. Nothing is sent to the "
        "studio, and nothing is held or charged. A request that would be refused for its fields, its project or its "
        "member's role is refused here in the same words. Too few credits are a warning here.",
        answers=ref("Quote"),
        answers_with="The price, as far as it is known.",
        example=QUOTED,
        refusals=(400, 401, 403, 404, 413, 415, 429, 503),
        scopes=(Scope.READ,),
        takes=ref("GenerateRequest"),
        examples={"From words": WISH, "With sound": WITH_SOUND},
    ),
    Operation(
        name="getJob",
        method="get",
        path="/api/v1/video-studio/status/{job_id}/",
        tag="Clips",
        summary="Follow a job",
        description="Ask every 3 seconds, or more seldom, until `status` is `completed` or `failed`; or name a "
        "`webhook_url`. A token with `generate` alone sees the jobs that it asked for; with `read`, all those of its "
        "member.",
        answers=ref("JobAnswer"),
        answers_with="The job as it stands.",
        example={"success": True, "job": JOB},
        refusals=(401, 403, 404, 429, 503),
        scopes=EITHER,
        parameters=(_id("job_id"),),
    ),
    Operation(
        name="listJobs",
        method="get",
        path=HISTORY,
        tag="Clips",
        summary="List recent jobs",
        description="The jobs of the token's member, the newest first, whether a script or a person requested them, "
        "and the credits that are left. For older jobs, go to `next` until it is `null`.",
        answers=ref("History"),
        answers_with="The jobs.",
        example=LISTED,
        refusals=(400, 401, 403, 429, 503),
        scopes=(Scope.READ,),
        parameters=(LIMIT, BEFORE),
    ),
    Operation(
        name="getDocument",
        method="get",
        path="/api/v1/openapi.json",
        tag="Models",
        summary="Get this document",
        description="The calls, their fields and their answers, for tools that read OpenAPI 3.1. It needs no token.",
        answers=record(
            {"openapi": {"type": "string"}, "info": {"type": "object"}, "paths": {"type": "object"}}
        ),
        answers_with="An OpenAPI 3.1 document.",
        example=None,
    ),
    Operation(
        name="legacyGenerateClip",
        method="post",
        path="/api/v1/generate/video/",
        tag="Legacy",
        summary="Ask for a clip, the old way",
        description="For scripts of old. `veo3_fast` and `veo3` are mapped onto the models of today.",
        answers=ref("LegacyAccepted"),
        answers_with="A job was made of it.",
        example={"success": True, "data": LEGACY_ACCEPTED},
        refusals=(400, 401, 402, 403, 404, 413, 415, 422, 429, 503),
        scopes=(Scope.GENERATE,),
        parameters=(IDEMPOTENCY_KEY,),
        takes=ref("LegacyRequest"),
        examples={
            "From words": {"prompt": WISH["prompt"], "video_model": "veo3_fast", "aspect_ratio": "16:9"}
        },
        followed_by=("legacyGetJob", "generation_id", "/data/generation_id"),
        is_legacy=True,
    ),
    Operation(
        name="legacyGetJob",
        method="get",
        path="/api/v1/generate/{generation_id}/",
        tag="Legacy",
        summary="Follow a job, the old way",
        description="The same jobs in the words of old.",
        answers=ref("LegacyJob"),
        answers_with="The job as it stands.",
        example=LEGACY_JOB,
        refusals=(401, 403, 404, 429, 503),
        scopes=EITHER,
        parameters=(_id("generation_id"),),
        is_legacy=True,
    ),
)
