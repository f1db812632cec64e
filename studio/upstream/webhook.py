"""The only way to POST to a user-supplied webhook URL.

It has the same guards as a download and more: no redirect is followed, nothing is sent twice, and only the status and
Retry-After of the answer are read, never its body.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from studio.upstream.exchange import reason, retry_after
from studio.upstream.guard import Blocked, FetchError, Unreachable, address_policy, checked
from studio.upstream.wire import Wire, within_deadline

LONGEST_WAIT = 24 * 3600.0  # seconds; a longer Retry-After is cut to this


@dataclass(frozen=True, slots=True)
class Received:
    """The answer of the other side. ``retry_after`` is in seconds, None if it gave none."""

    status: int
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, deadline: float, private_hosts: Sequence[str] = ()
) -> Received:
    """POST ``body`` within ``deadline`` seconds. ``private_hosts`` may be called although they are private.

    Raises Blocked for an address that must not be called, and Unreachable if there was no answer: the request may
    have arrived or not. Neither error quotes the address.
    """
    transport = Wire(address_policy(private_hosts))
    with within_deadline(deadline), httpx.Client(transport=transport, trust_env=False) as client:
        try:
            target = checked(httpx.URL(url))
            headers = {"User-Agent": "Dailies", **headers}
            with client.stream("POST", target, content=body, headers=headers, timeout=deadline) as response:
                wait = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC), LONGEST_WAIT)
                return Received(response.status_code, wait)
        except Blocked:
            raise
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            failure: FetchError = Blocked("This address cannot be called.")
        except httpx.HTTPError as error:
            failure = Unreachable(f"It did not answer: {reason(error)}.")
    raise failure
