"""The client of a Video Studio API over HTTP.

Importing it costs about 100 ms (httpx), so only the worker does, inside the function that needs it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import SystemRandom
from typing import Any
from urllib.parse import quote

import httpx

from studio.contract.answers import Accepted, History, JobReport
from studio.contract.capability import Models
from studio.contract.decode import (
    decode_accepted,
    decode_history,
    decode_models,
    decode_refusal,
    decode_status,
)
from studio.contract.errors import (
    Forbidden,
    KeyRefused,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    StudioError,
    Unavailable,
)
from studio.contract.request import GenerateRequest
from studio.contract.spelling.envelope import sentence_in
from studio.upstream.exchange import UNREADABLE, Answer, Exchange, Lost
from studio.upstream.pages import read_pages
from studio.upstream.secret import Secret
from studio.upstream.wire import AddressPolicy, Wire

UNKNOWN = "the clip may have been accepted"


@dataclass(frozen=True, slots=True)
class Patience:
    """Time-outs in seconds. The lease of a request must outlive ``generate`` and ``read``, which bound a whole call."""

    connect: float = 10.0
    silence: float = 25.0  # between two chunks of an answer
    generate: float = 50.0
    read: float = 40.0  # including retries
    retry_pauses: tuple[float, ...] = (0.5, 1.5)  # upper bounds; the actual pauses are random
    longest_wait: float = 3.0  # a longer Retry-After on a read is left to the caller


class VideoStudio:
    """An Engine over HTTP, with one key and one origin. ``base_url`` may be private unless ``address_policy`` objects.

    Raises KeyRefused immediately for a key that cannot be sent in a header.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        patience: Patience = Patience(),
        address_policy: AddressPolicy | None = None,
    ) -> None:
        secret = Secret(key)
        if not secret.fits_a_header:
            raise KeyRefused("The API key is empty, or has spaces or characters that no key can have.")
        self.base_url = base_url.rstrip("/")
        self._patience = patience
        timeout = httpx.Timeout(patience.silence, connect=patience.connect)
        self._posts = Exchange(self.base_url, secret, Wire(address_policy), timeout=timeout)
        self._gets = Exchange(self.base_url, secret, Wire(address_policy, kept_alive=10), timeout=timeout)

    def __repr__(self) -> str:
        return f"<VideoStudio {self.base_url}>"

    def close(self) -> None:
        self._posts.close()
        self._gets.close()

    def models(self) -> Models:
        """Read all pages of the catalog, within the time-out for one read."""
        ends_at = time.monotonic() + self._patience.read
        pages = read_pages(
            f"{self.base_url}/api/v1/models/video/", lambda address: self._read(address, ends_at=ends_at)
        )
        return decode_models(*pages.read, unread=pages.unread)

    def generate(self, request: GenerateRequest) -> Accepted:
        body = request.to_json()
        answer = self._submit("/api/v1/video-studio/generate/", body)
        return replace(_accepted(answer.payload, list(body)), server_time=answer.date)

    def status(self, job_id: str) -> JobReport:
        path = f"/api/v1/video-studio/status/{quote(job_id, safe='')}/"
        return decode_status(
            self._read(path, may_miss=True).payload, requested_id=job_id, origin=self.base_url
        )

    def history(self, limit: int = 100) -> History:
        answer = self._read("/api/v1/video-studio/history/", {"limit": limit})
        return replace(decode_history(answer.payload, origin=self.base_url), server_time=answer.date)

    def _submit(self, path: str, body: dict[str, Any]) -> Answer:
        """Send one POST, once. Returns a 2xx answer that is JSON; raises what anything else proves."""
        result = self._posts.send("POST", path, within=self._patience.generate, json=body)
        if isinstance(result, Lost):
            kind = OutcomeUnknown if result.sent else NotSent
            raise kind(f"The Video Studio did not answer: {result.why}.")
        if refusal := _refusal(result, list(body)):
            raise refusal
        if not result.is_success:
            raise OutcomeUnknown(_unproven(result))
        if result.payload is UNREADABLE:
            raise OutcomeUnknown(f"The Video Studio's answer could not be read: {UNKNOWN}.")
        return result

    def _read(
        self,
        path: str,
        query: dict[str, Any] | None = None,
        *,
        may_miss: bool = False,
        ends_at: float | None = None,
    ) -> Answer:
        """Send a GET, with retries if they may help. Returns a 2xx answer that is JSON.

        ``ends_at``, of time.monotonic(), is for several reads that share one time-out.

        A 404 raises NotFound only if a single thing was requested that may not exist (``may_miss``); otherwise the
        address is wrong. A read has no content that could be forbidden, so a 403 is about the key, like a 401.
        """
        result = self._get_with_retries(path, query, ends_at or time.monotonic() + self._patience.read)
        if isinstance(result, Lost):
            raise Unavailable(f"The Video Studio did not answer: {result.why}.")
        refusal = _refusal(result)
        if isinstance(refusal, Forbidden):
            raise KeyRefused(refusal.sentence)
        if isinstance(refusal, KeyRefused | RateLimited) or (may_miss and isinstance(refusal, NotFound)):
            raise refusal
        if not result.is_success:
            raise Unavailable(f"{_answered(result)}.")
        if result.payload is UNREADABLE:
            raise Unavailable("The Video Studio's answer could not be read.")
        return result

    def _get_with_retries(self, path: str, query: dict[str, Any] | None, ends_at: float) -> Answer | Lost:
        result = self._get(path, query, ends_at)
        for bound in self._patience.retry_pauses:
            wait = self._wait_before_retry(result, bound)
            if wait is None or time.monotonic() + wait >= ends_at:
                break
            time.sleep(wait)
            result = self._get(path, query, ends_at)
        return result

    def _get(self, path: str, query: dict[str, Any] | None, ends_at: float) -> Answer | Lost:
        return self._gets.send("GET", path, within=ends_at - time.monotonic(), params=query)

    def _wait_before_retry(self, result: Answer | Lost, bound: float) -> float | None:
        """Seconds to wait, or None if an immediate retry would not help."""
        jittered = SystemRandom().uniform(0, bound)
        if isinstance(result, Lost):
            return jittered
        if result.status == 429 and result.retry_after is None:
            return None
        if result.status != 429 and result.status < 500:
            return None
        wait = max(jittered, result.retry_after or 0.0)
        return wait if wait <= self._patience.longest_wait else None


def _accepted(payload: Any, names: list[str]) -> Accepted:
    try:
        return decode_accepted(payload, names)
    except StudioError:
        raise
    except Exception as error:  # our own bug must not turn a paid clip into a failure
        raise OutcomeUnknown(f"The Video Studio's answer could not be read: {UNKNOWN}.") from error


def _refusal(answer: Answer, names: Sequence[str] = ()) -> StudioError | None:
    """The error that the status proves; None for a success, and for a status that proves nothing."""
    return decode_refusal(
        answer.status, _content(answer), answer.retry_after, names=names, from_proxy=answer.from_proxy
    )


def _content(answer: Answer) -> Any:
    return answer.words or None if answer.payload is UNREADABLE else answer.payload


def _answered(answer: Answer) -> str:
    who = "A proxy, not the Video Studio itself," if answer.from_proxy else "The Video Studio"
    return f"{who} answered {answer.status}"


def _unproven(answer: Answer) -> str:
    """The sentence for an unknown outcome, with the studio's own words for the person who may have to decide."""
    words = "" if answer.from_proxy else sentence_in(_content(answer))
    return f"{_answered(answer)}: {UNKNOWN}." + (f" It said: “{words}”" if words else "")
