"""The envelope of every answer, and the refusals: JSON with ``success``, and a sentence where it is false."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.http import JsonResponse

from studio.core.errors import UserFacingError
from studio.gateway.outage import Outage

NOT_STORED = {"Cache-Control": "no-store"}
# The API's own words. Clients compare ``error`` with them, so nothing is added.
INSUFFICIENT = "Insufficient credits"
INVALID_DURATION = "Invalid duration for this model"


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of ``errors`` or ``warnings``. ``field`` is "" for what concerns the request as a whole."""

    field: str
    message: str

    def to_json(self) -> dict[str, str | None]:
        return {"field": self.field or None, "message": self.message}


class Problem(UserFacingError):
    """A refusal with its HTTP status. ``more`` joins the body, ``headers`` the answer."""

    def __init__(
        self,
        status: int,
        sentence: str,
        errors: Iterable[Detail] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.errors = list(errors)
        self.headers = headers or {}
        self.more = more

    @classmethod
    def at_field(cls, field: str, sentence: str) -> Self:
        """400 for one field; "" where none can be named."""
        return cls(400, sentence, [Detail(field, sentence)] if field else ())

    @classmethod
    def short_of_credits(cls, required: int | None, available: int | None, sentence: str) -> Self:
        """402. Both figures are credits, None where they are not known."""
        available = None if available is None else max(0, available)
        said = [Detail("", sentence)]
        return cls(402, INSUFFICIENT, said, credits_required=required, credits_available=available)

    @classmethod
    def of_outage(cls, outage: Outage) -> Self:
        return cls(503, outage.sentence, headers={"Retry-After": str(outage.retry_after)})

    def answer(self) -> JsonResponse:
        body = {"success": False, "error": self.sentence, **self.more}
        if self.errors:
            body["errors"] = listed(self.errors)
        return JsonResponse(body, status=self.status, headers={**NOT_STORED, **self.headers})


def success(**body: Any) -> JsonResponse:
    return JsonResponse({"success": True, **body}, headers=NOT_STORED)


def listed(details: Iterable[Detail]) -> list[dict[str, str | None]]:
    return [detail.to_json() for detail in details]
