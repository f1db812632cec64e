"""The errors of talking to a Video Studio API.

StudioError                 a UserFacingError
├── NotSent                 provably nothing was sent: refused, DNS, connect or pool time-out, TLS
├── Redirected              301, 307, 308: not accepted, the connection's address is wrong
├── RateLimited             429: not accepted, may be sent again after ``retry_after`` seconds
├── Refused                 the API said no, nothing was charged
│   ├── InvalidRequest      400 and any other 4xx: ``field`` names the form field if it is known
│   │   └── Forbidden       403: about this request, which is never sent again automatically
│   ├── NotFound            404: unknown model or job
│   ├── InsufficientCredits 402: ``required`` and ``available``, credits
│   └── KeyRefused          401; on a read also 403
├── OutcomeUnknown          a generate request that may have been accepted and charged
└── Unavailable             a read failed: we know nothing new, and nothing was lost

An answer that cannot be read is OutcomeUnknown for a POST and Unavailable for a GET.
"""

from studio.core.errors import UserFacingError


class StudioError(UserFacingError):
    """Base of the tree."""


class NotSent(StudioError):
    """Provably no request left this machine, or the other side read none of it."""


class Redirected(StudioError):
    """The API is at another address. The request was not accepted here."""


class RateLimited(StudioError):
    """429. ``retry_after`` is in seconds, already capped, None if the answer does not say."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Refused(StudioError):
    """The API understood the request and declined it. Nothing was charged."""


class InvalidRequest(Refused):
    """400, or another 4xx. ``field`` is the wire name of a field, or "" if the answer names none."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class Forbidden(InvalidRequest):
    """403: this request is not allowed. It concerns the key only if a read is refused, too."""


class NotFound(Refused):
    """404: the API does not know the model or the job."""


class InsufficientCredits(Refused):
    """402. Both figures are credits, None if the answer has none."""

    def __init__(self, sentence: str, required: int | None = None, available: int | None = None) -> None:
        super().__init__(sentence)
        self.required = required
        self.available = available


class KeyRefused(Refused):
    """401, or 403 on a read: the key is missing, wrong or revoked. One more read confirms it before anything pauses."""


class OutcomeUnknown(StudioError):
    """The answer to a generate request was lost or not understood. It may have been charged: never resend."""


class Unavailable(StudioError):
    """A read failed: time-out, 5xx, cut connection, or an answer that is not the API's."""
