"""The four calls of the API, implemented by VideoStudio (HTTP) and Sandbox (embedded)."""

from typing import Protocol

from studio.contract.answers import Accepted, History, JobReport
from studio.contract.capability import Models
from studio.contract.request import GenerateRequest


class Engine(Protocol):
    def models(self) -> Models:
        """Every model and what it can do. Raises Unavailable, KeyRefused, RateLimited."""

    def generate(self, request: GenerateRequest) -> Accepted:
        """Create one clip. Raises NotSent, Redirected, RateLimited, Refused or a subclass, or OutcomeUnknown."""

    def status(self, job_id: str) -> JobReport:
        """Read one job. Raises Unavailable, NotFound, KeyRefused, RateLimited."""

    def history(self, limit: int = 100) -> History:
        """Read recent jobs, newest first; ``limit`` is at most 100. Raises Unavailable, KeyRefused, RateLimited."""
