"""The envelope of every answer, and the refusals: JSON with ``success``, and a sentence where it is false."""

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse

NEVER_KEPT = {"Cache-Control": "no-store"}


class Problem(Exception):
    """A refusal with its HTTP status. ``errors``: field → sentence; ``more`` joins the body, ``headers`` the answer."""

    def __init__(
        self,
        status: int,
        sentence: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.errors = errors or {}
        self.headers = headers or {}
        self.more = more

    def answer(self) -> JsonResponse:
        body = {"success": False, "error": self.sentence, **self.more}
        if self.errors:
            body["errors"] = dict(self.errors)
        return JsonResponse(body, status=self.status, headers={**NEVER_KEPT, **self.headers})


def success(**body: Any) -> JsonResponse:
    return JsonResponse({"success": True, **body}, headers=NEVER_KEPT)
