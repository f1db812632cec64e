"""What scripts send and get, as JSON Schema 2020-12: the bodies of the OpenAPI document.

The fields of a request are the document's, and those of the models that are offered. What answers hold is listed here,
and tests compare it with what is really answered.
"""

from collections.abc import Iterable

from studio.contract.answers import JOB_STATES
from studio.contract.capability import Capability
from studio.gateway.legacy import RATIOS, STATES, SUCCESSORS, USUAL
from studio.gateway.openapi.model_schemas import model, models
from studio.gateway.openapi.parameters import document_fields, model_fields
from studio.gateway.openapi.shapes import Schema, array, moment, or_null, record, ref, value
from studio.notify.payload import JOB_EVENTS

MODES = ("text_to_video", "image_to_video", "video_to_video")
REMAINING = (
    "What is left to spend, of the studio's account and of every hard budget; `null` where nobody knows."
)


def schemas(offered: Iterable[Capability] = ()) -> dict[str, Schema]:
    """Every named schema of the document; ``offered`` are the models whose parameters a request may have."""
    return {
        "Models": models(),
        "Model": model(),
        "GenerateRequest": _generate_request(offered),
        "Accepted": _accepted(),
        "Quote": _quote(),
        "Detail": _detail(),
        "JobAnswer": _said_with("job", ref("Job"), "The job as it stands."),
        "History": _history(),
        "Job": _job(),
        "Refusal": _refusal(),
        "InsufficientCredits": _insufficient_credits(),
        "LegacyRequest": _legacy_request(),
        "LegacyAccepted": _legacy_accepted(),
        "LegacyJob": _legacy_job(),
        "Notice": _notice(),
    }


def _generate_request(offered: Iterable[Capability]) -> Schema:
    fields = document_fields()
    slug = fields.pop("model_slug")
    return {
        "type": "object",
        "description": "What to make. A field that is `null` is treated as left out. The models call lists the "
        "`parameters` of each model; a field that its model does not have is refused.",
        "required": ["model_slug"],
        "additionalProperties": False,
        "properties": {
            "model_slug": slug,
            **{name: or_null(schema) for name, schema in (fields | model_fields(offered)).items()},
            "webhook_url": value(
                ["string", "null"],
                "Is told once of the end of the job: see *Webhooks*. It begins with `https:`.",
                maxLength=2000,
            ),
        },
    }


def _accepted() -> Schema:
    return record(
        {
            "success": {"const": True},
            "job_ids": array(
                {"type": "string", "format": "uuid"},
                "The jobs that were made of it: follow them.",
                minItems=1,
            ),
            "credits_remaining_total": value(["integer", "null"], REMAINING),
            "warnings": array(
                ref("Detail"),
                "Fields that the model does not use: they were ignored, and cost nothing. Usually empty.",
            ),
        }
    )


def _quote() -> Schema:
    return record(
        {
            "success": {"const": True},
            "credits": value(["integer", "null"], "The price; `null` where it is not known.", minimum=0),
            "basis": value(
                "string",
                "`published`: the studio's own price. `learned`: from what recent clips were charged. `unknown`: the "
                "studio publishes no price that can be used.",
                enum=["published", "learned", "unknown"],
            ),
            "reason": value("string", "How the price adds up, or what the studio says instead of a figure."),
            "credits_remaining_after": value(
                ["integer", "null"],
                "What would be left of the studio's account and of every hard budget. Below 0, the request would be "
                "refused with 402. `null` where it is not known.",
            ),
            "needs_approval": value("boolean", "Whether the request would wait until someone approves it."),
            "warnings": array(
                ref("Detail"),
                "Fields that the model ignores, why the request would need approval, and whether the credits are too "
                "few. Usually empty.",
            ),
        }
    )


def _detail() -> Schema:
    return record(
        {
            "field": value(["string", "null"], "The field; `null` for the request as a whole."),
            "message": value("string", "A sentence fit for a person.", minLength=1),
        },
        description="One entry of `errors` or `warnings`.",
    )


def _said_with(name: str, schema: Schema, note: str) -> Schema:
    return record({"success": {"const": True}, name: {**schema, "description": note}})


def _history() -> Schema:
    return record(
        {
            "success": {"const": True},
            "jobs": array(ref("Job"), "Your jobs, the newest first."),
            "credits_remaining_total": value(["integer", "null"], REMAINING),
            "next": value(
                ["string", "null"],
                "Where the page of older jobs is, relative to this installation; `null` on the last page.",
                format="uri-reference",
            ),
        }
    )


def _job() -> Schema:
    """What studio.jobs.job_report.job_report tells."""
    asked = document_fields()
    effective = {
        "effective_duration_seconds": {"type": ["integer", "null"]},
        "quality_mode": {"type": ["string", "null"]},
    }
    told = {
        "job_id": value("string", "The job.", format="uuid"),
        "mode": value("string", "What the clip is made from.", enum=list(MODES)),
        "status": value(
            "string",
            "`pending`: not begun, or waiting for its turn, for approval or for a paused studio. `processing`: being "
            "made. `completed`: the clip is at `result_urls`. `failed`: `error_message` says why.",
            enum=list(JOB_STATES),
        ),
        "result_urls": array(
            {"type": "string", "format": "uri"},
            "Where the finished clip is fetched, without a token; empty until then. See *Results*.",
        ),
        "credits_charged": value(
            ["integer", "null"], "What it cost; `null` while the studio has not told it."
        ),
        "credits_refunded": value(
            ["boolean", "integer"],
            "Only present where credits were given back, or nothing was charged: `true` for all, else how many.",
        ),
        "error_message": value("string", "Only told of a `failed` job: a sentence fit for a person."),
        "provider_meta": record(
            effective, description="How long the clip is, and in which quality, where that was said."
        ),
        "created_at": moment("When it was asked for."),
        "completed_at": moment("When it ended; `null` until then.", or_none=True),
    }
    return record(
        asked | told,
        optional=(
            *(name for name in asked if name not in ("model_slug", "prompt")),
            "credits_refunded",
            "error_message",
        ),
        description="One job, with the fields of its request that were said.",
    )


def _refusal() -> Schema:
    return record(
        {
            "success": {"const": False},
            "error": value(
                "string",
                "What is wrong, fit for a person. Exactly `Invalid duration for this model` and `Insufficient credits` "
                "for these two, as the studio says it: `errors` has more.",
                minLength=1,
            ),
            "errors": array(
                ref("Detail"), "The details: each field that is at fault, with a sentence.", minItems=1
            ),
        },
        optional=("errors",),
    )


def _insufficient_credits() -> Schema:
    figures = {
        "credits_required": value(["integer", "null"], "With 402: what it would cost, where that is known."),
        "credits_available": value(
            ["integer", "null"], "With 402: what is left, of a budget or of the account."
        ),
    }
    return {"allOf": [ref("Refusal"), record(figures)]}


def _legacy_request() -> Schema:
    addresses = array({"type": "string"}, "Pictures to start from, by their web addresses.")
    return {
        "type": "object",
        "required": ["prompt"],
        "additionalProperties": False,
        "properties": {
            "prompt": value("string", "What the clip should show.", minLength=1),
            "video_model": value(["string", "null"], f"Left out, it is `{USUAL}`.", enum=[*SUCCESSORS, None]),
            "aspect_ratio": value(
                ["string", "null"], "Left out, it is the first that the model offers.", enum=[*RATIOS, None]
            ),
            "source_image_urls": or_null(addresses),
        },
    }


def _legacy_accepted() -> Schema:
    data = {
        "generation_id": value("string", "The job: the newer calls know it by this id, too.", format="uuid"),
        "status": {"const": "processing"},
        "generation_type": {"const": "video"},
        "video_model": {"type": "string"},
        "credits_used": value(["integer", "null"], "What it is expected to cost."),
        "credits_remaining": value(["integer", "null"], REMAINING),
        "mode": {"enum": ["text-to-video", "image-to-video"]},
        "message": value("string", "A sentence for a person."),
    }
    return _said_with("data", record(data), "What was begun.")


def _legacy_job() -> Schema:
    parameters = {name: {"type": "string"} for name in ("prompt", "aspect_ratio", "model")}
    return record(
        {
            "success": {"const": True},
            "id": value("string", "The job.", format="uuid"),
            "status": value(
                "string", "`COMPLETED` and `FAILED` are final.", enum=list(dict.fromkeys(STATES.values()))
            ),
            "created_at": moment("When it was asked for."),
            "completed_at": moment("When it ended; `null` until then.", or_none=True),
            "parameters": record(parameters, description="What was asked for."),
            "credits_used": value(["integer", "null"], "What it cost; `null` while that is not known."),
            "credits_refunded": value(
                "boolean", "Whether what it cost was given back, or nothing was charged."
            ),
            "video_url": value(["string", "null"], "Where the finished clip is fetched, without a token."),
            "error": value(["string", "null"], "Why it failed."),
        }
    )


def _notice() -> Schema:
    return record(
        {
            "id": value("string", "Of this delivery, as in `Dailies-Delivery`.", format="uuid"),
            "event": value(
                "string", "How the job ended, as in `Dailies-Event`.", enum=[*JOB_EVENTS.values()]
            ),
            "job": ref("Job"),
            "at": moment("When it was told."),
        },
        description="The end of one job. More fields may come: ignore what you do not know.",
    )
