"""Requests that are refused before the application: a status and a sentence, as a page or as JSON."""

import json
from http import HTTPStatus

from studio.core.errors import UserFacingError
from studio.front.page import POLICY, page
from studio.front.replies import Headers, Reply

API = "/api/"  # below it, every answer is JSON
SAFE: Headers = [
    ("cache-control", "no-store"),
    ("content-security-policy", POLICY),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
]


class Refused(UserFacingError):
    """``retry_after`` is in seconds; None if the same request would be refused again."""

    def __init__(self, status: HTTPStatus, sentence: str, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after

    def reply(self, path: str) -> Reply:
        """Closes the connection, because the client may still be sending its body."""
        headers = [*SAFE, ("connection", "close")]
        if self.retry_after is not None:
            headers.append(("retry-after", str(self.retry_after)))
        if path.startswith(API):
            body = json.dumps({"success": False, "error": self.sentence})
            return Reply(self.status, [*headers, ("content-type", "application/json")], body.encode())
        headers.append(("content-type", "text/html; charset=utf-8"))
        return Reply(self.status, headers, page(self.status, self.sentence))


def busy(retry_after: int = 2) -> Refused:
    sentence = "The server is busy. Try again in a moment."
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, sentence, retry_after)
