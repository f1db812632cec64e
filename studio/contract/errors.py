"""Everything that can go wrong between us and a Video Studio API.

StudioError                 carries ``sentence``, fit for a person
├── NotSent                 provably nothing was sent: refused, DNS, connect or pool time-out, TLS
├── Redirected              301, 307, 308: not accepted, the connection's address leads elsewhere
├── RateLimited             429: not accepted, may be sent again after ``retry_after`` seconds
├── Refused                 the API said no, nothing was charged
│   ├── InvalidRequest      400 and any other 4xx: ``field`` names the form field where it is known
│   │   └── Forbidden       403: about this request, which is never sent again automatically
│   ├── NotFound            404: unknown model or job
│   ├── InsufficientCredits 402: ``required`` and ``available``, credits
│   └── KeyRefused          401; on a read also 403
├── OutcomeUnknown          a generate request that may have been accepted and charged
└── Unavailable             a read failed; nothing is known, nothing was lost

An answer that cannot be read is OutcomeUnknown on a POST and Unavailable on a GET.
"""


class StudioError(Exception):
    """Base of the tree. ``sentence`` can be shown to a person; ``str()`` gives the same."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotSent(StudioError):
    """Provably nothing left this machine, or nothing was read by the other side."""


class Redirected(StudioError):
    """The request has to be made at another address: it was not accepted here."""


class RateLimited(StudioError):
    """429. ``retry_after`` is in seconds, already capped, None where the answer was silent."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Refused(StudioError):
    """The API understood and said no. Nothing was charged."""


class InvalidRequest(Refused):
    """400, or another 4xx. ``field`` is the wire name of a field, or "" where the answer names none."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class Forbidden(InvalidRequest):
    """403: this request is not allowed. Only a read that is refused too shows that it is about the key."""


class NotFound(Refused):
    """404: the model or the job is not known there."""


class InsufficientCredits(Refused):
    """402. Both figures are credits, None where the answer did not tell."""

    def __init__(self, sentence: str, required: int | None = None, available: int | None = None) -> None:
        super().__init__(sentence)
        self.required = required
        self.available = available


class KeyRefused(Refused):
    """401, or 403 on a read: the key is missing, wrong or revoked. Confirmed by one read before anything pauses."""


class OutcomeUnknown(StudioError):
    """A generate request whose answer was lost or not understood. It may have been charged: never resend."""


class Unavailable(StudioError):
    """A read that failed: time-out, 5xx, cut connection, or an answer that is not the API's."""
