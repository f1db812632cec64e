"""A Video Studio in memory for the state machine's tests: it forgets nothing, and knows whose request was whose."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from studio.contract.answers import Accepted, History, JobReport
from studio.contract.capability import Models
from studio.contract.decode import decode_history
from studio.contract.errors import (
    Forbidden,
    InsufficientCredits,
    InvalidRequest,
    KeyRefused,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Redirected,
    StudioError,
    Unavailable,
)
from studio.contract.request import GenerateRequest

PRICE = 100
ERRORS: dict[str, StudioError] = {
    "not sent": NotSent("Connection refused."),
    "429": RateLimited("Rate limit exceeded.", 30),
    "400": InvalidRequest("Invalid prompt.", "prompt"),
    "401": KeyRefused("Invalid API key."),
    "403": Forbidden("Prompt violates the content policy."),
    "307": Redirected("It leads elsewhere."),
    "lost": OutcomeUnknown("The connection was cut."),
}


class Killed(BaseException):
    """The worker's process is gone: nothing that it would have written is written."""


@dataclass
class Made:
    """A job at the vendor. ``intent`` is None for one that was asked for on the vendor's own site."""

    number: int
    body: dict[str, Any]
    intent: int | None
    at: datetime  # of the vendor's clock
    state: str = "pending"
    tells_charge: bool = True
    refund: int = 0  # credits
    says: str = ""  # a word of its own instead of the state

    @property
    def job_id(self) -> str:
        return f"v-{self.number}"

    @property
    def net(self) -> int:
        return PRICE - self.refund

    def row(self) -> dict[str, Any]:
        row = {**self.body, "job_id": self.job_id, "created_at": self.at.isoformat()}
        row["status"] = self.says or self.state
        if self.tells_charge:
            row["credits_charged"] = PRICE
        if self.state == "completed":
            row["result_urls"] = [f"https://media.example.com/{self.job_id}.mp4"]
        if self.state == "failed":
            row |= {"error_message": "The provider could not make it.", "credits_refunded": self.refund}
        return row


@dataclass
class Vendor:
    """An Engine. ``intent`` and ``fault`` are set before each request: whose it is, and what goes wrong."""

    credits: int = 1_000
    skew: timedelta = timedelta(0)
    jobs: list[Made] = field(default_factory=list)  # oldest first
    intent: int | None = None
    fault: str = ""
    forbidden: set[int | None] = field(default_factory=set)  # intents that were answered 403
    reading: str = ""  # what goes wrong with the next readings: "", "down", "stale", "cut"
    stale: list[dict[str, Any]] = field(default_factory=list)

    def now(self) -> datetime:
        return timezone.now() + self.skew

    def take(self, body: dict[str, Any], intent: int | None, *, tells_charge: bool = True) -> Made:
        made = Made(len(self.jobs), body, intent, self.now(), tells_charge=tells_charge)
        self.jobs.append(made)
        self.credits -= PRICE
        return made

    def end(self, made: Made, *, failed: bool, refund: int = PRICE) -> None:
        made.state = "failed" if failed else "completed"
        if failed:
            made.refund = refund
            self.credits += refund

    def complete_after_all(self, made: Made) -> None:
        """It had failed. What was given back is taken again."""
        self.credits -= made.refund
        made.state, made.refund = "completed", 0

    # ── the Engine ──
    def models(self) -> Models:
        return Models()

    def generate(self, request: GenerateRequest) -> Accepted:
        fault, self.fault = self.fault, ""
        assert self.intent not in self.forbidden, "A request that was answered 403 is sent again."
        if fault == "403":
            self.forbidden.add(self.intent)
        if fault in ERRORS:
            raise ERRORS[fault]
        if fault == "killed before":
            raise Killed
        if self.credits < PRICE:
            raise InsufficientCredits("Insufficient credits", PRICE, self.credits)
        made = self.take(request.to_json(), self.intent, tells_charge=fault != "untold")
        if fault == "killed after":
            raise Killed
        if fault == "accepted, lost":
            raise OutcomeUnknown("The connection was cut.")
        return Accepted((made.job_id,), self.credits)

    def status(self, job_id: str) -> JobReport:
        if self.reading == "down":
            raise Unavailable("Down.")
        if self.reading == "stale":
            raise NotFound("Job not found.")
        return self._report(job_id)

    def history(self, limit: int = 100) -> History:
        if self.reading == "down":
            raise Unavailable("Down.")
        rows = [made.row() for made in reversed(self.jobs)]
        if self.reading == "stale":
            rows = self.stale
        else:
            self.stale = rows
        if self.reading == "cut":
            rows = rows[:1]
        return replace(decode_history({"success": True, "jobs": rows[:limit]}), server_time=self.now())

    def _report(self, job_id: str) -> JobReport:
        made = next(made for made in self.jobs if made.job_id == job_id)
        return decode_history({"jobs": [made.row()]}).jobs[0]
