"""The four calls of the API. VideoStudio (HTTP) and Sandbox (embedded) both answer them."""

from typing import Protocol

from studio.contract.answers import Accepted, History, JobReport
from studio.contract.capability import Models
from studio.contract.request import GenerateRequest


class Engine(Protocol):
    def models(self) -> Models:
        """Every model and what it can do. Raises Unavailable, KeyRefused, RateLimited."""

    def generate(self, request: GenerateRequest) -> Accepted:
        """Ask for one clip. Raises NotSent, RateLimited, Refused and its kin, or OutcomeUnknown."""

    def status(self, job_id: str) -> JobReport:
        """One job. Raises Unavailable, NotFound, KeyRefused, RateLimited."""

    def history(self, limit: int = 100) -> History:
        """Recent jobs, newest first, ``limit`` up to 100. Raises Unavailable, KeyRefused, RateLimited."""
