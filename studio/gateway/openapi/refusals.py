"""The codes by which a call is refused: what each means, and what a script does about it."""

from dataclasses import dataclass
from typing import Any

from studio.gateway.answers import INSUFFICIENT, INVALID_DURATION
from studio.gateway.body import MOST_BYTES
from studio.gateway.openapi.shapes import ref
from studio.gateway.outage import BUSY


@dataclass(frozen=True, slots=True)
class Refusal:
    """``name`` stands in the document; ``example`` is a body as it is really answered."""

    status: int
    name: str
    meaning: str
    advice: str
    example: dict[str, Any]
    headers: tuple[str, ...] = ()

    @property
    def response(self) -> dict[str, Any]:
        """The response object of OpenAPI; ``x-status`` tells its code where no call names it."""
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
            "The request cannot be understood, or the model does not take it.",
            "Correct what `errors` names, or what `error` says. Sent again unchanged, it is refused again.",
            _no(INVALID_DURATION, errors=[{"field": "duration_seconds", "message": _WRONG}]),
        ),
        Refusal(
            401,
            "Unauthorized",
            "No token came along, or one that is unknown, revoked or run out.",
            "Make a new one, on the page *Tokens*.",
            _no("Send your token: Authorization: Bearer YOUR_TOKEN."),
            ("WWW-Authenticate",),
        ),
        Refusal(
            402,
            "InsufficientCredits",
            "A budget or the studio's account has too few credits left for it. Nothing was charged.",
            "Ask whoever decides on spending for more; sent again before that, it is refused again.",
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
            "The token's scopes or its project, or its member's role, do not reach that far.",
            "Use a token with the scope that the call names, or choose another project for it.",
            _no("This token may not generate: it was made without that."),
        ),
        Refusal(
            404,
            "NotFound",
            "There is no such model, or no such job among those that the token may see.",
            "Look it up in the models call, or in the history.",
            _no("There is no such job."),
        ),
        Refusal(
            405,
            "MethodNotAllowed",
            "The address does not take this method.",
            "Use one that `Allow` names.",
            _no("This address takes GET, HEAD."),
            ("Allow",),
        ),
        Refusal(
            413,
            "TooLarge",
            f"The body is larger than {MOST_BYTES // 1024} KB, as it was sent or decompressed.",
            "Send addresses of pictures and clips, not the files themselves.",
            _no(f"The body may have up to {MOST_BYTES // 1024} KB."),
        ),
        Refusal(
            415,
            "UnsupportedEncoding",
            "The body has a `Content-Encoding` that is not read here.",
            "Send it without one, or with `gzip`.",
            _no("This body is encoded as br. Send it as it is, or with Content-Encoding: gzip."),
            ("Accept-Encoding",),
        ),
        Refusal(
            422,
            "KeyUsedBefore",
            "The `Idempotency-Key` came with another body before.",
            "Use a new key for each new request.",
            _no("This Idempotency-Key came with another request before: use a new one."),
        ),
        Refusal(
            429,
            "TooManyRequests",
            "Too many calls in too short a time. Nothing was done.",
            "Wait as many seconds as `Retry-After` says, and send the same again.",
            _no("This token called more than 60 times within a minute. Try again in 12 s."),
            ("Retry-After",),
        ),
        Refusal(
            503,
            "Unavailable",
            "The installation cannot answer now: its database is busy or away, its disk is full, or the key that "
            "seals a `webhook_url` is missing.",
            "Wait as many seconds as `Retry-After` says, and send the same again, under the same `Idempotency-Key`.",
            _no(BUSY.sentence),
            ("Retry-After",),
        ),
    )
}
HEADERS = {
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to come in.",
        "schema": {"type": "string", "pattern": "^Bearer "},
    },
    "Accept-Encoding": {
        "description": "The encoding that a body may have.",
        "schema": {"type": "string"},
    },
    "Allow": {"description": "The methods that the address takes.", "schema": {"type": "string"}},
}


def responses() -> dict[str, Any]:
    """Each by its name."""
    return {refusal.name: refusal.response for refusal in REFUSALS.values()}


def refused_with(*statuses: int) -> dict[str, Any]:
    """The responses of one operation."""
    return {str(status): {"$ref": f"#/components/responses/{REFUSALS[status].name}"} for status in statuses}
