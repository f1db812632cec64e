"""A client of the Video Studio API, as an outsider writes it from the vendor's page: urllib, and nothing of ours."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.must import must

PATIENCE = 60  # seconds


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class PlainClient:
    """``scheme`` stands before the key in the Authorization header: "Bearer ", "Token ", or nothing."""

    def __init__(self, base_url: str, key: str | None, scheme: str = "Bearer ") -> None:
        self.base_url = base_url
        self.headers = {"Accept": "application/json"}
        if key is not None:
            self.headers["Authorization"] = f"{scheme}{key}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Whatever the status is. ``body`` is sent as JSON, bytes as they are; an iterator of bytes in its chunks."""
        data = body if body is None or isinstance(body, bytes | Iterator) else json.dumps(body).encode()
        content = {"Content-Type": "application/json"} if data is not None else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.base_url + path, data, {**self.headers, **content, **named}, method=method)
        try:
            with urlopen(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except HTTPError as refusal:
            with refusal:
                return Answer(must(refusal.status), refusal.headers, refusal.read())

    def models(self) -> Answer:
        return self.call("GET", "/api/v1/models/video/")

    def generate(self, **fields: Any) -> Answer:
        return self.call("POST", "/api/v1/video-studio/generate/", fields)

    def quote(self, **fields: Any) -> Answer:
        return self.call("POST", "/api/v1/video-studio/quote/", fields)

    def status(self, job_id: str) -> Answer:
        return self.call("GET", f"/api/v1/video-studio/status/{job_id}/")

    def history(self, **query: Any) -> Answer:
        return self.call("GET", "/api/v1/video-studio/history/" + (f"?{urlencode(query)}" if query else ""))

    def wait(self, job_id: str) -> dict[str, Any]:
        """Poll until completed or failed, as the vendor's page says."""
        until = time.monotonic() + PATIENCE
        while (job := self.status(job_id).json["job"])["status"] not in ("completed", "failed"):
            assert time.monotonic() < until, f"The job is still {job['status']}."
            time.sleep(0.3)
        return job
