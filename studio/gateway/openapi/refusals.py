"""The error codes of the API: what each means, and what a client should do."""

from dataclasses import dataclass
from typing import Any

from studio.gateway.answers import INSUFFICIENT, INVALID_DURATION
from studio.gateway.body import MOST_BYTES
from studio.gateway.openapi.shapes import ref
from studio.gateway.outage import BUSY


@dataclass(frozen=True, slots=True)
class Refusal:
    """``name`` is used in the document; ``example`` is a real response body."""

    status: int
    name: str
    meaning: str
    advice: str
    example: dict[str, Any]
    headers: tuple[str, ...] = ()

    @property
    def response(self) -> dict[str, Any]:
        """The OpenAPI response object; ``x-status`` has its code, which the components do not."""
        schema = ref("InsufficientCredits" if self.status == 402 else "Refusal")
        headers = {name: {"$ref": f"#/components/headers/{name}"} for name in self.headers}
        return {
            "description": f"{self.meaning}\n\n{self.advice}",
            "x-status": self.status,
            **({"headers": headers} if headers else {}),
            "content": {"application/json": {"schema": schema, "example": self.example}},
        }


def _no(sentence: str, **more: Any) -> dict[str, Any]:
    return {"success": False, "error": sentence, **more}


_WRONG = "Veo 3.1 Fast makes clips of 8 s; 5 s is not offered."
REFUSALS = {
    refusal.status: refusal
    for refusal in (
        Refusal(
            400,
            "BadRequest",
            "The request is malformed, or the model does not accept it.",
            "Correct the fields in `errors`, or what `error` says. Do not retry without changes.",
            _no(INVALID_DURATION, errors=[{"field": "duration_seconds", "message": _WRONG}]),
        ),
        Refusal(
            401,
            "Unauthorized",
            "The token is missing, unknown, revoked or expired.",
            "Create a new one on the *Tokens* page.",
            _no("Send your token: Authorization: Bearer YOUR_TOKEN."),
            ("WWW-Authenticate",),
        ),
        Refusal(
            402,
            "InsufficientCredits",
            "A budget or the studio's account does not have enough credits. Nothing was charged.",
            "Ask a manager for more credits before you retry.",
            _no(
                INSUFFICIENT,
                errors=[
                    {
                        "field": None,
                        "message": "This needs 220 credits; the budget “Night script” has 94 left.",
                    }
                ],
                credits_required=220,
                credits_available=94,
            ),
        ),
        Refusal(
            403,
            "Forbidden",
            "The token's scopes or project, or its member's role, do not allow this.",
            "Use a token with the required scope, or choose another project for the token.",
            _no("This token lacks the “generate” scope."),
        ),
        Refusal(
            404,
            "NotFound",
            "The model does not exist, or the token has no access to such a job.",
            "Look it up in the list of models or in the history.",
            _no("There is no such job."),
        ),
        Refusal(
            405,
            "MethodNotAllowed",
            "The endpoint does not support this method.",
            "Use a method listed in `Allow`.",
            _no("This endpoint supports GET, HEAD."),
            ("Allow",),
        ),
        Refusal(
            413,
            "TooLarge",
            f"The body is larger than {MOST_BYTES // 1024} KB, as sent or decompressed.",
            "Send URLs of images and videos, not the files themselves.",
            _no(f"The body is larger than {MOST_BYTES // 1024} KB."),
        ),
        Refusal(
            415,
            "UnsupportedEncoding",
            "The body has an unsupported `Content-Encoding`.",
            "Send it without one, or with `gzip`.",
            _no("This body is encoded as br. Send it as it is, or with Content-Encoding: gzip."),
            ("Accept-Encoding",),
        ),
        Refusal(
            422,
            "KeyUsedBefore",
            "The `Idempotency-Key` was already used with a different body.",
            "Use a new key for each new request.",
            _no("This Idempotency-Key was used with a different request. Use a new one."),
        ),
        Refusal(
            429,
            "TooManyRequests",
            "Too many calls. Nothing was done.",
            "Wait for the seconds in `Retry-After`, then retry.",
            _no("This token called more than 60 times within a minute. Try again in 12 s."),
            ("Retry-After",),
        ),
        Refusal(
            503,
            "Unavailable",
            "The installation is temporarily unavailable: its database is busy or down, its disk is full, or the key "
            "that encrypts a `webhook_url` is missing.",
            "Wait for the seconds in `Retry-After`, then retry with the same `Idempotency-Key`.",
            _no(BUSY.sentence),
            ("Retry-After",),
        ),
    )
}
HEADERS = {
    "Retry-After": {
        "description": "Seconds to wait before you retry.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate.",
        "schema": {"type": "string", "pattern": "^Bearer "},
    },
    "Accept-Encoding": {
        "description": "The supported encoding of a body.",
        "schema": {"type": "string"},
    },
    "Allow": {"description": "The supported methods.", "schema": {"type": "string"}},
}


def responses() -> dict[str, Any]:
    """All error responses by name."""
    return {refusal.name: refusal.response for refusal in REFUSALS.values()}


def refused_with(*statuses: int) -> dict[str, Any]:
    """The error responses of one operation."""
    return {str(status): {"$ref": f"#/components/responses/{REFUSALS[status].name}"} for status in statuses}
